using System.Runtime.CompilerServices;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// The register tiles: c[row, column] (+)= sum_k a[row, k] x b[k, column] for a few rows and one panel's columns. Every sum runs over k in order, whatever
/// stands beside the row. Accumulators are locals of their own, as the compiler keeps no others in registers.
/// </summary>
internal static unsafe partial class RegisterTiles
{
    /// <summary>Rows of the largest tile.</summary>
    public const int LargeRows = 12;

    /// <summary>Multiplies rows with a panel.</summary>
    /// <param name="a">[rows, count] with <paramref name="lda"/> numbers from row to row.</param>
    /// <param name="lda">Stride of a.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="b">[count, panel columns].</param>
    /// <param name="count">Products per sum.</param>
    /// <param name="c">[rows, panel columns] with <paramref name="ldc"/> numbers from row to row.</param>
    /// <param name="ldc">Stride of c.</param>
    /// <param name="accumulate">Whether the sums begin with what c holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, long lda, int rows, float* b, int count, float* c, long ldc, bool accumulate)
    {
        bool wide = PanelShape.Columns == 32;
        for (int row = 0; row < rows;)
        {
            float* input = a + (row * lda), output = c + (row * ldc);
            int left = rows - row;
            if (wide && left >= 12)
            {
                Tile12x32(input, lda, b, count, output, ldc, accumulate);
                row += 12;
                continue;
            }

            if (wide && left >= 8)
            {
                Tile8x32(input, lda, b, count, output, ldc, accumulate);
                row += 8;
                continue;
            }

            switch (left)
            {
                case >= 6:
                    Choose(wide, &Tile6x32, &Tile6x16)(input, lda, b, count, output, ldc, accumulate);
                    row += 6;
                    break;
                case >= 4:
                    Choose(wide, &Tile4x32, &Tile4x16)(input, lda, b, count, output, ldc, accumulate);
                    row += 4;
                    break;
                case 3:
                    Choose(wide, &Tile3x32, &Tile3x16)(input, lda, b, count, output, ldc, accumulate);
                    row += 3;
                    break;
                case 2:
                    Choose(wide, &Tile2x32, &Tile2x16)(input, lda, b, count, output, ldc, accumulate);
                    row += 2;
                    break;
                default:
                    Choose(wide, &Tile1x32, &Tile1x16)(input, lda, b, count, output, ldc, accumulate);
                    row += 1;
                    break;
            }
        }
    }

    private static delegate*<float*, long, float*, int, float*, long, bool, void> Choose(bool wide, delegate*<float*, long, float*, int, float*, long, bool, void> of512, delegate*<float*, long, float*, int, float*, long, bool, void> of256) =>
        wide ? of512 : of256;
}
