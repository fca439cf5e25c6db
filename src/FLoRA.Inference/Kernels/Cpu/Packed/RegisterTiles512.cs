using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The tiles of 512-bit vectors: up to 12 rows times 32 columns in 24 of 32 registers.</summary>
internal static unsafe partial class RegisterTiles
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile12x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
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
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
            l1 = Vector512.Load(c + ldc);
            h1 = Vector512.Load(c + ldc + 16);
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
            var x = Vector512.Create(*a0);
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
            a0++;
            a3++;
            a6++;
            a9++;
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 16);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile8x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        Vector512<float> l2 = default, h2 = default;
        Vector512<float> l3 = default, h3 = default;
        Vector512<float> l4 = default, h4 = default;
        Vector512<float> l5 = default, h5 = default;
        Vector512<float> l6 = default, h6 = default;
        Vector512<float> l7 = default, h7 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
            l1 = Vector512.Load(c + ldc);
            h1 = Vector512.Load(c + ldc + 16);
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
        }

        float* a0 = a, a3 = a + (3 * lda), a6 = a + (6 * lda);
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            var x = Vector512.Create(*a0);
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
            a0++;
            a3++;
            a6++;
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 16);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        Vector512<float> l2 = default, h2 = default;
        Vector512<float> l3 = default, h3 = default;
        Vector512<float> l4 = default, h4 = default;
        Vector512<float> l5 = default, h5 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
            l1 = Vector512.Load(c + ldc);
            h1 = Vector512.Load(c + ldc + 16);
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
            var x = Vector512.Create(*a0);
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
            a0++;
            a3++;
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 16);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 16);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 16);
        l4.Store(c + (4 * ldc));
        h4.Store(c + (4 * ldc) + 16);
        l5.Store(c + (5 * ldc));
        h5.Store(c + (5 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        Vector512<float> l2 = default, h2 = default;
        Vector512<float> l3 = default, h3 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
            l1 = Vector512.Load(c + ldc);
            h1 = Vector512.Load(c + ldc + 16);
            l2 = Vector512.Load(c + (2 * ldc));
            h2 = Vector512.Load(c + (2 * ldc) + 16);
            l3 = Vector512.Load(c + (3 * ldc));
            h3 = Vector512.Load(c + (3 * ldc) + 16);
        }

        float* a0 = a, a3 = a + (3 * lda);
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            var x = Vector512.Create(*a0);
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
            a0++;
            a3++;
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 16);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 16);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        Vector512<float> l2 = default, h2 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
            l1 = Vector512.Load(c + ldc);
            h1 = Vector512.Load(c + ldc + 16);
            l2 = Vector512.Load(c + (2 * ldc));
            h2 = Vector512.Load(c + (2 * ldc) + 16);
        }

        float* a0 = a;
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            var x = Vector512.Create(*a0);
            l0 = Avx512F.FusedMultiplyAdd(x, low, l0);
            h0 = Avx512F.FusedMultiplyAdd(x, high, h0);
            x = Vector512.Create(a0[lda]);
            l1 = Avx512F.FusedMultiplyAdd(x, low, l1);
            h1 = Avx512F.FusedMultiplyAdd(x, high, h1);
            x = Vector512.Create(a0[2 * lda]);
            l2 = Avx512F.FusedMultiplyAdd(x, low, l2);
            h2 = Avx512F.FusedMultiplyAdd(x, high, h2);
            a0++;
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 16);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        Vector512<float> l1 = default, h1 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
            l1 = Vector512.Load(c + ldc);
            h1 = Vector512.Load(c + ldc + 16);
        }

        float* a0 = a;
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            var x = Vector512.Create(*a0);
            l0 = Avx512F.FusedMultiplyAdd(x, low, l0);
            h0 = Avx512F.FusedMultiplyAdd(x, high, h0);
            x = Vector512.Create(a0[lda]);
            l1 = Avx512F.FusedMultiplyAdd(x, low, l1);
            h1 = Avx512F.FusedMultiplyAdd(x, high, h1);
            a0++;
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1x32(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector512<float> l0 = default, h0 = default;
        if (accumulate)
        {
            l0 = Vector512.Load(c);
            h0 = Vector512.Load(c + 16);
        }

        float* a0 = a;
        for (int k = 0; k < count; k++, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            var x = Vector512.Create(*a0);
            l0 = Avx512F.FusedMultiplyAdd(x, low, l0);
            h0 = Avx512F.FusedMultiplyAdd(x, high, h0);
            a0++;
        }

        l0.Store(c);
        h0.Store(c + 16);
    }
}
