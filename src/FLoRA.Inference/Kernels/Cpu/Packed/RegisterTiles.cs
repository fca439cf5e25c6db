using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// The register tiles: c[row, column] (+)= sum_k a[row, k] x b[k, column] for a few rows and one panel's columns. Every sum runs over k in order, whatever
/// stands beside the row. Accumulators are locals of their own, as the compiler keeps no others in registers.
/// </summary>
internal static unsafe class RegisterTiles
{
    /// <summary>Rows that the larger tile takes.</summary>
    public const int LargeRows = 12;

    /// <summary>Multiplies all rows, which are a multiple of six.</summary>
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
        int row = 0;
        if (PanelShape.Columns == 32)
        {
            for (; row + LargeRows <= rows; row += LargeRows)
                Tile12x32(a + (row * lda), lda, b, count, c + (row * ldc), ldc, accumulate);
            if (row < rows)
                Tile6x32(a + (row * lda), lda, b, count, c + (row * ldc), ldc, accumulate);
            return;
        }

        for (; row < rows; row += PanelShape.RowMultiple)
            Tile6x16(a + (row * lda), lda, b, count, c + (row * ldc), ldc, accumulate);
    }

    /// <summary>12 rows times 32 columns in 24 of the 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        Vector512<float> l2 = default, h2 = default;
        Vector512<float> l3 = default, h3 = default;
        Vector512<float> l4 = default, h4 = default;
        Vector512<float> l5 = default, h5 = default;
        Vector512<float> l6 = default, h6 = default;
        Vector512<float> l7 = default, h7 = default;
        Vector512<float> l8 = default, h8 = default;
        Vector512<float> l9 = default, h9 = default;
        Vector512<float> l10 = default, h10 = default;
        Vector512<float> l11 = default, h11 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c + (0 * ldc));
            h0 = Vector512.Load(c + (0 * ldc) + 16);
            l1 = Vector512.Load(c + (1 * ldc));
            h1 = Vector512.Load(c + (1 * ldc) + 16);
            l2 = Vector512.Load(c + (2 * ldc));
            h2 = Vector512.Load(c + (2 * ldc) + 16);
            l3 = Vector512.Load(c + (3 * ldc));
            h3 = Vector512.Load(c + (3 * ldc) + 16);
            l4 = Vector512.Load(c + (4 * ldc));
            h4 = Vector512.Load(c + (4 * ldc) + 16);
            l5 = Vector512.Load(c + (5 * ldc));
            h5 = Vector512.Load(c + (5 * ldc) + 16);
            l6 = Vector512.Load(c + (6 * ldc));
            h6 = Vector512.Load(c + (6 * ldc) + 16);
            l7 = Vector512.Load(c + (7 * ldc));
            h7 = Vector512.Load(c + (7 * ldc) + 16);
            l8 = Vector512.Load(c + (8 * ldc));
            h8 = Vector512.Load(c + (8 * ldc) + 16);
            l9 = Vector512.Load(c + (9 * ldc));
            h9 = Vector512.Load(c + (9 * ldc) + 16);
            l10 = Vector512.Load(c + (10 * ldc));
            h10 = Vector512.Load(c + (10 * ldc) + 16);
            l11 = Vector512.Load(c + (11 * ldc));
            h11 = Vector512.Load(c + (11 * ldc) + 16);
        }

        float* a0 = a, a3 = a + (3 * lda), a6 = a + (6 * lda), a9 = a + (9 * lda);
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            Vector512<float> x = Vector512.Create(*a0);
            l0 = Avx512F.FusedMultiplyAdd(x, low, l0);
            h0 = Avx512F.FusedMultiplyAdd(x, high, h0);
            x = Vector512.Create(a0[lda]);
            l1 = Avx512F.FusedMultiplyAdd(x, low, l1);
            h1 = Avx512F.FusedMultiplyAdd(x, high, h1);
            x = Vector512.Create(a0[2 * lda]);
            l2 = Avx512F.FusedMultiplyAdd(x, low, l2);
            h2 = Avx512F.FusedMultiplyAdd(x, high, h2);
            x = Vector512.Create(*a3);
            l3 = Avx512F.FusedMultiplyAdd(x, low, l3);
            h3 = Avx512F.FusedMultiplyAdd(x, high, h3);
            x = Vector512.Create(a3[lda]);
            l4 = Avx512F.FusedMultiplyAdd(x, low, l4);
            h4 = Avx512F.FusedMultiplyAdd(x, high, h4);
            x = Vector512.Create(a3[2 * lda]);
            l5 = Avx512F.FusedMultiplyAdd(x, low, l5);
            h5 = Avx512F.FusedMultiplyAdd(x, high, h5);
            x = Vector512.Create(*a6);
            l6 = Avx512F.FusedMultiplyAdd(x, low, l6);
            h6 = Avx512F.FusedMultiplyAdd(x, high, h6);
            x = Vector512.Create(a6[lda]);
            l7 = Avx512F.FusedMultiplyAdd(x, low, l7);
            h7 = Avx512F.FusedMultiplyAdd(x, high, h7);
            x = Vector512.Create(a6[2 * lda]);
            l8 = Avx512F.FusedMultiplyAdd(x, low, l8);
            h8 = Avx512F.FusedMultiplyAdd(x, high, h8);
            x = Vector512.Create(*a9);
            l9 = Avx512F.FusedMultiplyAdd(x, low, l9);
            h9 = Avx512F.FusedMultiplyAdd(x, high, h9);
            x = Vector512.Create(a9[lda]);
            l10 = Avx512F.FusedMultiplyAdd(x, low, l10);
            h10 = Avx512F.FusedMultiplyAdd(x, high, h10);
            x = Vector512.Create(a9[2 * lda]);
            l11 = Avx512F.FusedMultiplyAdd(x, low, l11);
            h11 = Avx512F.FusedMultiplyAdd(x, high, h11);
            a0++; a3++; a6++; a9++;
        }

        l0.Store(c + (0 * ldc));
        h0.Store(c + (0 * ldc) + 16);
        l1.Store(c + (1 * ldc));
        h1.Store(c + (1 * ldc) + 16);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 16);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 16);
        l4.Store(c + (4 * ldc));
        h4.Store(c + (4 * ldc) + 16);
        l5.Store(c + (5 * ldc));
        h5.Store(c + (5 * ldc) + 16);
        l6.Store(c + (6 * ldc));
        h6.Store(c + (6 * ldc) + 16);
        l7.Store(c + (7 * ldc));
        h7.Store(c + (7 * ldc) + 16);
        l8.Store(c + (8 * ldc));
        h8.Store(c + (8 * ldc) + 16);
        l9.Store(c + (9 * ldc));
        h9.Store(c + (9 * ldc) + 16);
        l10.Store(c + (10 * ldc));
        h10.Store(c + (10 * ldc) + 16);
        l11.Store(c + (11 * ldc));
        h11.Store(c + (11 * ldc) + 16);
    }

    /// <summary>6 rows times 32 columns in 12 of the 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        Vector512<float> l2 = default, h2 = default;
        Vector512<float> l3 = default, h3 = default;
        Vector512<float> l4 = default, h4 = default;
        Vector512<float> l5 = default, h5 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c + (0 * ldc));
            h0 = Vector512.Load(c + (0 * ldc) + 16);
            l1 = Vector512.Load(c + (1 * ldc));
            h1 = Vector512.Load(c + (1 * ldc) + 16);
            l2 = Vector512.Load(c + (2 * ldc));
            h2 = Vector512.Load(c + (2 * ldc) + 16);
            l3 = Vector512.Load(c + (3 * ldc));
            h3 = Vector512.Load(c + (3 * ldc) + 16);
            l4 = Vector512.Load(c + (4 * ldc));
            h4 = Vector512.Load(c + (4 * ldc) + 16);
            l5 = Vector512.Load(c + (5 * ldc));
            h5 = Vector512.Load(c + (5 * ldc) + 16);
        }

        float* a0 = a, a3 = a + (3 * lda);
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            Vector512<float> x = Vector512.Create(*a0);
            l0 = Avx512F.FusedMultiplyAdd(x, low, l0);
            h0 = Avx512F.FusedMultiplyAdd(x, high, h0);
            x = Vector512.Create(a0[lda]);
            l1 = Avx512F.FusedMultiplyAdd(x, low, l1);
            h1 = Avx512F.FusedMultiplyAdd(x, high, h1);
            x = Vector512.Create(a0[2 * lda]);
            l2 = Avx512F.FusedMultiplyAdd(x, low, l2);
            h2 = Avx512F.FusedMultiplyAdd(x, high, h2);
            x = Vector512.Create(*a3);
            l3 = Avx512F.FusedMultiplyAdd(x, low, l3);
            h3 = Avx512F.FusedMultiplyAdd(x, high, h3);
            x = Vector512.Create(a3[lda]);
            l4 = Avx512F.FusedMultiplyAdd(x, low, l4);
            h4 = Avx512F.FusedMultiplyAdd(x, high, h4);
            x = Vector512.Create(a3[2 * lda]);
            l5 = Avx512F.FusedMultiplyAdd(x, low, l5);
            h5 = Avx512F.FusedMultiplyAdd(x, high, h5);
            a0++; a3++;
        }

        l0.Store(c + (0 * ldc));
        h0.Store(c + (0 * ldc) + 16);
        l1.Store(c + (1 * ldc));
        h1.Store(c + (1 * ldc) + 16);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 16);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 16);
        l4.Store(c + (4 * ldc));
        h4.Store(c + (4 * ldc) + 16);
        l5.Store(c + (5 * ldc));
        h5.Store(c + (5 * ldc) + 16);
    }

    /// <summary>6 rows times 16 columns in 12 of the 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6x16(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector256<float> l0 = default, h0 = default;
        Vector256<float> l1 = default, h1 = default;
        Vector256<float> l2 = default, h2 = default;
        Vector256<float> l3 = default, h3 = default;
        Vector256<float> l4 = default, h4 = default;
        Vector256<float> l5 = default, h5 = default;
        if (accumulate)
        {
            l0 = Vector256.Load(c + (0 * ldc));
            h0 = Vector256.Load(c + (0 * ldc) + 8);
            l1 = Vector256.Load(c + (1 * ldc));
            h1 = Vector256.Load(c + (1 * ldc) + 8);
            l2 = Vector256.Load(c + (2 * ldc));
            h2 = Vector256.Load(c + (2 * ldc) + 8);
            l3 = Vector256.Load(c + (3 * ldc));
            h3 = Vector256.Load(c + (3 * ldc) + 8);
            l4 = Vector256.Load(c + (4 * ldc));
            h4 = Vector256.Load(c + (4 * ldc) + 8);
            l5 = Vector256.Load(c + (5 * ldc));
            h5 = Vector256.Load(c + (5 * ldc) + 8);
        }

        float* a0 = a, a3 = a + (3 * lda);
        for (int k = 0; k < count; k++, b += 16)
        {
            Vector256<float> low = Vector256.Load(b), high = Vector256.Load(b + 8);
            Vector256<float> x = Vector256.Create(*a0);
            l0 = Fma.MultiplyAdd(x, low, l0);
            h0 = Fma.MultiplyAdd(x, high, h0);
            x = Vector256.Create(a0[lda]);
            l1 = Fma.MultiplyAdd(x, low, l1);
            h1 = Fma.MultiplyAdd(x, high, h1);
            x = Vector256.Create(a0[2 * lda]);
            l2 = Fma.MultiplyAdd(x, low, l2);
            h2 = Fma.MultiplyAdd(x, high, h2);
            x = Vector256.Create(*a3);
            l3 = Fma.MultiplyAdd(x, low, l3);
            h3 = Fma.MultiplyAdd(x, high, h3);
            x = Vector256.Create(a3[lda]);
            l4 = Fma.MultiplyAdd(x, low, l4);
            h4 = Fma.MultiplyAdd(x, high, h4);
            x = Vector256.Create(a3[2 * lda]);
            l5 = Fma.MultiplyAdd(x, low, l5);
            h5 = Fma.MultiplyAdd(x, high, h5);
            a0++; a3++;
        }

        l0.Store(c + (0 * ldc));
        h0.Store(c + (0 * ldc) + 8);
        l1.Store(c + (1 * ldc));
        h1.Store(c + (1 * ldc) + 8);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 8);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 8);
        l4.Store(c + (4 * ldc));
        h4.Store(c + (4 * ldc) + 8);
        l5.Store(c + (5 * ldc));
        h5.Store(c + (5 * ldc) + 8);
    }
}
