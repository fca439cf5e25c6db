using System.Runtime.Intrinsics.X86;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>The register tiles against a plain loop of fused multiplications in the order of the inputs: every bit is the same, for every height of a tile.</summary>
public unsafe class RegisterTilesTests
{
    /// <summary>Numbers between rows that belong to nobody.</summary>
    private const int InputGap = 5, OutputGap = 9;
    private const float Untouched = 77;

    private static readonly int[] Counts = [1, 2, 3, 7, 16, 31, 64, 255, 256, 257, 700];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Tiles_of_sixteen_columns_equal_plain_sums(int height)
    {
        Assert.SkipUnless(Fma.IsSupported, "needs fused multiplications");
        delegate*<float*, long, float*, int, float*, long, bool, void> tile = height switch
        {
            1 => &RegisterTiles.Tile1x16,
            2 => &RegisterTiles.Tile2x16,
            3 => &RegisterTiles.Tile3x16,
            4 => &RegisterTiles.Tile4x16,
            _ => &RegisterTiles.Tile6x16,
        };
        Check(height, 16, (a, lda, b, count, c, ldc, accumulate) => tile(a, lda, b, count, c, ldc, accumulate));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(12)]
    public void Tiles_of_thirty_two_columns_equal_plain_sums(int height)
    {
        Assert.SkipUnless(Avx512F.IsSupported, "needs 512-bit vectors");
        delegate*<float*, long, float*, int, float*, long, bool, void> tile = height switch
        {
            1 => &RegisterTiles.Tile1x32,
            2 => &RegisterTiles.Tile2x32,
            3 => &RegisterTiles.Tile3x32,
            4 => &RegisterTiles.Tile4x32,
            6 => &RegisterTiles.Tile6x32,
            8 => &RegisterTiles.Tile8x32,
            _ => &RegisterTiles.Tile12x32,
        };
        Check(height, 32, (a, lda, b, count, c, ldc, accumulate) => tile(a, lda, b, count, c, ldc, accumulate));
    }

    [Fact]
    public void Any_number_of_rows_equals_plain_sums()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        for (int rows = 1; rows <= 30; rows++)
        {
            int all = rows;
            Check(rows, PanelShape.Columns, (a, lda, b, count, c, ldc, accumulate) => RegisterTiles.Multiply(a, lda, all, b, count, c, ldc, accumulate));
        }
    }

    [Fact]
    public void A_NaN_or_infinity_stays_in_its_row()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        const int Rows = 13, Count = 20;
        var random = new RandomAdapters(3);
        float[] a = random.Floats(Rows * Count), b = random.Floats(Count * PanelShape.Columns), clean = new float[Rows * PanelShape.Columns], spoiled = new float[clean.Length];
        Multiply(a, b, clean);
        a[(4 * Count) + 7] = float.NaN;
        a[(9 * Count) + 2] = float.PositiveInfinity;
        Multiply(a, b, spoiled);
        for (int i = 0; i < clean.Length; i++)
        {
            int row = i / PanelShape.Columns;
            Assert.Equal(row is 4 or 9, !float.IsFinite(spoiled[i]));
            if (row is not (4 or 9))
                Assert.Equal(clean[i], spoiled[i]);
        }

        static void Multiply(float[] a, float[] b, float[] c)
        {
            fixed (float* x = a, y = b, z = c)
                RegisterTiles.Multiply(x, Count, Rows, y, Count, z, PanelShape.Columns, accumulate: false);
        }
    }

    private delegate void Product(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate);

    private static void Check(int rows, int columns, Product product)
    {
        var random = new RandomAdapters(rows);
        foreach (int count in Counts)
        {
            int lda = count + InputGap, ldc = columns + OutputGap;
            float[] a = random.Floats(rows * lda), b = random.Floats(count * columns), before = random.Floats((rows + 1) * ldc);
            for (int i = 0; i < before.Length; i++)
                before[i] = i % ldc < columns && i / ldc < rows ? before[i] : Untouched;
            foreach (bool accumulate in (bool[])[false, true])
            {
                float[] c = [.. before];
                fixed (float* x = a, y = b, z = c)
                    product(x, lda, y, count, z, ldc, accumulate);
                Assert.Equal(Expected(a, lda, b, count, before, ldc, rows, columns, accumulate), c);
            }
        }
    }

    private static float[] Expected(float[] a, int lda, float[] b, int count, float[] before, int ldc, int rows, int columns, bool accumulate)
    {
        float[] c = [.. before];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = accumulate ? before[(row * ldc) + column] : 0;
                for (int k = 0; k < count; k++)
                    sum = MathF.FusedMultiplyAdd(a[(row * lda) + k], b[(k * columns) + column], sum);
                c[(row * ldc) + column] = sum;
            }
        }

        return c;
    }
}
