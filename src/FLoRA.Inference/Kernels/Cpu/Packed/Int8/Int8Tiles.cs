using System.Runtime.CompilerServices;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// sums[row, column] = start[column] + sum_k x[row, k] w[column, k] in integers, for all rows and one panel of <see cref="Columns"/> columns [k / 4][column][4]. The panel comes from memory once: rows take turns over
/// blocks of it that stay in the first-level cache, and each turn asks for its share of the block after, so that memory never waits for products nor they for it.
/// </summary>
internal static unsafe class Int8Tiles
{
    /// <summary>Columns of a panel: two vectors of 32 bits.</summary>
    public const int Columns = 16;

    /// <summary>Inputs that one instruction multiplies per column.</summary>
    public const int GroupInputs = 4;

    /// <summary>Bytes of a group of inputs in all columns.</summary>
    public const int GroupBytes = Columns * GroupInputs;

    /// <summary>Groups of a block (8 KiB) and bytes that are asked for ahead: measured on Zen 5 with weights of 1 GB, where larger and smaller ones lose up to a tenth.</summary>
    private const int BlockGroups = 128, AheadBytes = 8192;

    /// <summary>Multiplies rows with a panel.</summary>
    /// <param name="path">How.</param>
    /// <param name="x">[rows, 4 x groups] as <see cref="Int8Rows"/> makes them for the path.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="panel">[groups, columns, 4].</param>
    /// <param name="groups">Groups of four inputs.</param>
    /// <param name="start">[columns]: what the sums begin with.</param>
    /// <param name="sums">[rows, columns].</param>
    public static void Multiply(Int8Path path, byte* x, long stride, int rows, sbyte* panel, int groups, int* start, int* sums)
    {
        if (path == Int8Path.Scalar)
        {
            for (int r = 0; r < rows; r++)
                ScalarTiles.Tile1((sbyte*)x + (r * stride), panel, groups, start, sums + (r * Columns));
            return;
        }

        int turns = Turns(path, rows), block = turns == 1 ? groups : BlockGroups, step = GroupBytes / turns;
        for (int g = 0; g < groups; g += block)
        {
            int some = Math.Min(block, groups - g);
            sbyte* own = panel + ((long)g * GroupBytes);
            byte* ahead = (byte*)own + AheadBytes;
            for (int row = 0; row < rows; ahead += some * step)
            {
                int count = Rows(path, rows - row);
                int* to = sums + (row * Columns);
                Tile(path, count, x + (row * stride) + (g * GroupInputs), stride, own, some, g == 0 ? start : to, g == 0 ? 0 : Columns, to, ahead, step);
                row += count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(Int8Path path, int rows, byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int step)
    {
        if (path == Int8Path.Vnni)
        {
            switch (rows)
            {
                case 6: VnniTiles.Tile6(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
                case 5: VnniTiles.Tile5(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
                case 4: VnniTiles.Tile4(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
                case 3: VnniTiles.Tile3(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
                case 2: VnniTiles.Tile2(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
                default: VnniTiles.Tile1(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
            }
        }

        switch (rows)
        {
            case 4: Avx2Tiles.Tile4(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
            case 2: Avx2Tiles.Tile2(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
            default: Avx2Tiles.Tile1(x, stride, panel, groups, start, startStride, sums, ahead, step); return;
        }
    }

    /// <summary>Rows of the next tile: as few tiles as six rows each allow, of sizes that differ by one at most. Those of six and five keep both multipliers busy; smaller ones wait for their own sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rows(Int8Path path, int left) => path == Int8Path.Vnni
        ? left < VnniRows.Length ? VnniRows[left] : 6
        : left switch { >= 4 => 4, >= 2 => 2, _ => 1 };

    /// <summary>left / (left / 6), both rounded up.</summary>
    private static ReadOnlySpan<byte> VnniRows => [0, 1, 2, 3, 4, 5, 6, 4, 4, 5, 5, 6, 6, 5, 5, 5, 6, 6, 6, 5, 5, 6, 6, 6, 6, 5, 6, 6, 6, 6, 6];

    private static int Turns(Int8Path path, int rows)
    {
        int turns = 0;
        for (int row = 0; row < rows; row += Rows(path, rows - row))
            turns++;
        return Math.Max(1, turns);
    }
}
