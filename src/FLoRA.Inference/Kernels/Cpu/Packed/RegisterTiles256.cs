using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The tiles of 256-bit vectors: up to 6 rows times 16 columns in 12 of 16 registers.</summary>
internal static unsafe partial class RegisterTiles
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6x16(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector256<float> l0 = default, h0 = default;
        Vector256<float> l1 = default, h1 = default;
        Vector256<float> l2 = default, h2 = default;
        Vector256<float> l3 = default, h3 = default;
        Vector256<float> l4 = default, h4 = default;
        Vector256<float> l5 = default, h5 = default;
        if (accumulate)
        {
            l0 = Vector256.Load(c);
            h0 = Vector256.Load(c + 8);
            l1 = Vector256.Load(c + ldc);
            h1 = Vector256.Load(c + ldc + 8);
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
            var x = Vector256.Create(*a0);
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
            a0++;
            a3++;
        }

        l0.Store(c);
        h0.Store(c + 8);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 8);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 8);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 8);
        l4.Store(c + (4 * ldc));
        h4.Store(c + (4 * ldc) + 8);
        l5.Store(c + (5 * ldc));
        h5.Store(c + (5 * ldc) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4x16(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector256<float> l0 = default, h0 = default;
        Vector256<float> l1 = default, h1 = default;
        Vector256<float> l2 = default, h2 = default;
        Vector256<float> l3 = default, h3 = default;
        if (accumulate)
        {
            l0 = Vector256.Load(c);
            h0 = Vector256.Load(c + 8);
            l1 = Vector256.Load(c + ldc);
            h1 = Vector256.Load(c + ldc + 8);
            l2 = Vector256.Load(c + (2 * ldc));
            h2 = Vector256.Load(c + (2 * ldc) + 8);
            l3 = Vector256.Load(c + (3 * ldc));
            h3 = Vector256.Load(c + (3 * ldc) + 8);
        }

        float* a0 = a, a3 = a + (3 * lda);
        for (int k = 0; k < count; k++, b += 16)
        {
            Vector256<float> low = Vector256.Load(b), high = Vector256.Load(b + 8);
            var x = Vector256.Create(*a0);
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
            a0++;
            a3++;
        }

        l0.Store(c);
        h0.Store(c + 8);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 8);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 8);
        l3.Store(c + (3 * ldc));
        h3.Store(c + (3 * ldc) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3x16(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector256<float> l0 = default, h0 = default;
        Vector256<float> l1 = default, h1 = default;
        Vector256<float> l2 = default, h2 = default;
        if (accumulate)
        {
            l0 = Vector256.Load(c);
            h0 = Vector256.Load(c + 8);
            l1 = Vector256.Load(c + ldc);
            h1 = Vector256.Load(c + ldc + 8);
            l2 = Vector256.Load(c + (2 * ldc));
            h2 = Vector256.Load(c + (2 * ldc) + 8);
        }

        float* a0 = a;
        for (int k = 0; k < count; k++, b += 16)
        {
            Vector256<float> low = Vector256.Load(b), high = Vector256.Load(b + 8);
            var x = Vector256.Create(*a0);
            l0 = Fma.MultiplyAdd(x, low, l0);
            h0 = Fma.MultiplyAdd(x, high, h0);
            x = Vector256.Create(a0[lda]);
            l1 = Fma.MultiplyAdd(x, low, l1);
            h1 = Fma.MultiplyAdd(x, high, h1);
            x = Vector256.Create(a0[2 * lda]);
            l2 = Fma.MultiplyAdd(x, low, l2);
            h2 = Fma.MultiplyAdd(x, high, h2);
            a0++;
        }

        l0.Store(c);
        h0.Store(c + 8);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 8);
        l2.Store(c + (2 * ldc));
        h2.Store(c + (2 * ldc) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2x16(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector256<float> l0 = default, h0 = default;
        Vector256<float> l1 = default, h1 = default;
        if (accumulate)
        {
            l0 = Vector256.Load(c);
            h0 = Vector256.Load(c + 8);
            l1 = Vector256.Load(c + ldc);
            h1 = Vector256.Load(c + ldc + 8);
        }

        float* a0 = a;
        for (int k = 0; k < count; k++, b += 16)
        {
            Vector256<float> low = Vector256.Load(b), high = Vector256.Load(b + 8);
            var x = Vector256.Create(*a0);
            l0 = Fma.MultiplyAdd(x, low, l0);
            h0 = Fma.MultiplyAdd(x, high, h0);
            x = Vector256.Create(a0[lda]);
            l1 = Fma.MultiplyAdd(x, low, l1);
            h1 = Fma.MultiplyAdd(x, high, h1);
            a0++;
        }

        l0.Store(c);
        h0.Store(c + 8);
        l1.Store(c + ldc);
        h1.Store(c + ldc + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1x16(float* a, long lda, float* b, int count, float* c, long ldc, bool accumulate)
    {
        Vector256<float> l0 = default, h0 = default;
        if (accumulate)
        {
            l0 = Vector256.Load(c);
            h0 = Vector256.Load(c + 8);
        }

        float* a0 = a;
        for (int k = 0; k < count; k++, b += 16)
        {
            Vector256<float> low = Vector256.Load(b), high = Vector256.Load(b + 8);
            var x = Vector256.Create(*a0);
            l0 = Fma.MultiplyAdd(x, low, l0);
            h0 = Fma.MultiplyAdd(x, high, h0);
            a0++;
        }

        l0.Store(c);
        h0.Store(c + 8);
    }
}
