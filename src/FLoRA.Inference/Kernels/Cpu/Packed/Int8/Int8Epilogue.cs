using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>From exact integers back to float32.</summary>
internal static unsafe class Int8Epilogue
{
    /// <summary>y[row, column] = (sums[row, column] - row's zero * column's sum) * (row's scale * column's scale); may be in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(int* sums, byte* rows, long stride, int count, float* columnScales, int* columnSums, float* y)
    {
        // Loaded in halves as the tiles stored them, stored whole as it will be loaded: what is loaded over two stores waits until both are in the cache.
        var scales = Vector512.Load(columnScales);
        var weights = Vector512.Load(columnSums);
        for (int r = 0; r < count; r++, rows += stride, sums += Int8Tiles.Columns, y += Int8Tiles.Columns)
        {
            var own = Vector512.Create(Vector256.Load(sums), Vector256.Load(sums + 8));
            (Vector512.ConvertToSingle(own - (weights * Int8Rows.Zero(rows))) * (scales * Int8Rows.Scale(rows))).Store(y);
        }
    }

    /// <summary>The same for any number of columns, in place.</summary>
    /// <param name="sums">[count, columns], one behind the other.</param>
    /// <param name="rows">First row, for its scale.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="columnScales">[columns].</param>
    /// <param name="columnSums">[columns]: sums of the weights.</param>
    /// <param name="columns">A multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleMany(int* sums, byte* rows, long stride, int count, float* columnScales, int* columnSums, int columns)
    {
        for (int r = 0; r < count; r++, rows += stride)
        {
            float scale = Int8Rows.Scale(rows);
            int zero = Int8Rows.Zero(rows);
            for (int c = 0; c < columns; c += Int8Tiles.Columns, sums += Int8Tiles.Columns)
                (Vector512.ConvertToSingle(Vector512.Load(sums) - (Vector512.Load(columnSums + c) * zero)) * (Vector512.Load(columnScales + c) * scale)).Store((float*)sums);
        }
    }
}
