using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>The tiles of AVX-VNNI: up to 6 rows times 16 columns in 12 of the 16 registers that the instruction can name.</summary>
internal static unsafe class VnniTiles
{
    /// <summary>6 rows; x holds bytes + 128. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8);
        Vector256<int> l2 = Vector256.Load(start + (2 * startStride)), h2 = Vector256.Load(start + (2 * startStride) + 8);
        Vector256<int> l3 = Vector256.Load(start + (3 * startStride)), h3 = Vector256.Load(start + (3 * startStride) + 8);
        Vector256<int> l4 = Vector256.Load(start + (4 * startStride)), h4 = Vector256.Load(start + (4 * startStride) + 8);
        Vector256<int> l5 = Vector256.Load(start + (5 * startStride)), h5 = Vector256.Load(start + (5 * startStride) + 8);
        byte* x1 = x + stride, x2 = x + (2 * stride), x3 = x + (3 * stride), x4 = x + (4 * stride), x5 = x + (5 * stride);
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            v = Vector256.Create(((int*)x1)[g]).AsByte();
            l1 = AvxVnni.MultiplyWideningAndAdd(l1, v, a);
            h1 = AvxVnni.MultiplyWideningAndAdd(h1, v, b);
            v = Vector256.Create(((int*)x2)[g]).AsByte();
            l2 = AvxVnni.MultiplyWideningAndAdd(l2, v, a);
            h2 = AvxVnni.MultiplyWideningAndAdd(h2, v, b);
            v = Vector256.Create(((int*)x3)[g]).AsByte();
            l3 = AvxVnni.MultiplyWideningAndAdd(l3, v, a);
            h3 = AvxVnni.MultiplyWideningAndAdd(h3, v, b);
            v = Vector256.Create(((int*)x4)[g]).AsByte();
            l4 = AvxVnni.MultiplyWideningAndAdd(l4, v, a);
            h4 = AvxVnni.MultiplyWideningAndAdd(h4, v, b);
            v = Vector256.Create(((int*)x5)[g]).AsByte();
            l5 = AvxVnni.MultiplyWideningAndAdd(l5, v, a);
            h5 = AvxVnni.MultiplyWideningAndAdd(h5, v, b);
        }

        l0.Store(sums);
        h0.Store(sums + 8);
        l1.Store(sums + 16);
        h1.Store(sums + 24);
        l2.Store(sums + 32);
        h2.Store(sums + 40);
        l3.Store(sums + 48);
        h3.Store(sums + 56);
        l4.Store(sums + 64);
        h4.Store(sums + 72);
        l5.Store(sums + 80);
        h5.Store(sums + 88);
    }

    /// <summary>5 rows; x holds bytes + 128. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile5(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8);
        Vector256<int> l2 = Vector256.Load(start + (2 * startStride)), h2 = Vector256.Load(start + (2 * startStride) + 8);
        Vector256<int> l3 = Vector256.Load(start + (3 * startStride)), h3 = Vector256.Load(start + (3 * startStride) + 8);
        Vector256<int> l4 = Vector256.Load(start + (4 * startStride)), h4 = Vector256.Load(start + (4 * startStride) + 8);
        byte* x1 = x + stride, x2 = x + (2 * stride), x3 = x + (3 * stride), x4 = x + (4 * stride);
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            v = Vector256.Create(((int*)x1)[g]).AsByte();
            l1 = AvxVnni.MultiplyWideningAndAdd(l1, v, a);
            h1 = AvxVnni.MultiplyWideningAndAdd(h1, v, b);
            v = Vector256.Create(((int*)x2)[g]).AsByte();
            l2 = AvxVnni.MultiplyWideningAndAdd(l2, v, a);
            h2 = AvxVnni.MultiplyWideningAndAdd(h2, v, b);
            v = Vector256.Create(((int*)x3)[g]).AsByte();
            l3 = AvxVnni.MultiplyWideningAndAdd(l3, v, a);
            h3 = AvxVnni.MultiplyWideningAndAdd(h3, v, b);
            v = Vector256.Create(((int*)x4)[g]).AsByte();
            l4 = AvxVnni.MultiplyWideningAndAdd(l4, v, a);
            h4 = AvxVnni.MultiplyWideningAndAdd(h4, v, b);
        }

        l0.Store(sums);
        h0.Store(sums + 8);
        l1.Store(sums + 16);
        h1.Store(sums + 24);
        l2.Store(sums + 32);
        h2.Store(sums + 40);
        l3.Store(sums + 48);
        h3.Store(sums + 56);
        l4.Store(sums + 64);
        h4.Store(sums + 72);
    }

    /// <summary>4 rows; x holds bytes + 128. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8);
        Vector256<int> l2 = Vector256.Load(start + (2 * startStride)), h2 = Vector256.Load(start + (2 * startStride) + 8);
        Vector256<int> l3 = Vector256.Load(start + (3 * startStride)), h3 = Vector256.Load(start + (3 * startStride) + 8);
        byte* x1 = x + stride, x2 = x + (2 * stride), x3 = x + (3 * stride);
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            v = Vector256.Create(((int*)x1)[g]).AsByte();
            l1 = AvxVnni.MultiplyWideningAndAdd(l1, v, a);
            h1 = AvxVnni.MultiplyWideningAndAdd(h1, v, b);
            v = Vector256.Create(((int*)x2)[g]).AsByte();
            l2 = AvxVnni.MultiplyWideningAndAdd(l2, v, a);
            h2 = AvxVnni.MultiplyWideningAndAdd(h2, v, b);
            v = Vector256.Create(((int*)x3)[g]).AsByte();
            l3 = AvxVnni.MultiplyWideningAndAdd(l3, v, a);
            h3 = AvxVnni.MultiplyWideningAndAdd(h3, v, b);
        }

        l0.Store(sums);
        h0.Store(sums + 8);
        l1.Store(sums + 16);
        h1.Store(sums + 24);
        l2.Store(sums + 32);
        h2.Store(sums + 40);
        l3.Store(sums + 48);
        h3.Store(sums + 56);
    }

    /// <summary>3 rows; x holds bytes + 128. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8);
        Vector256<int> l2 = Vector256.Load(start + (2 * startStride)), h2 = Vector256.Load(start + (2 * startStride) + 8);
        byte* x1 = x + stride, x2 = x + (2 * stride);
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            v = Vector256.Create(((int*)x1)[g]).AsByte();
            l1 = AvxVnni.MultiplyWideningAndAdd(l1, v, a);
            h1 = AvxVnni.MultiplyWideningAndAdd(h1, v, b);
            v = Vector256.Create(((int*)x2)[g]).AsByte();
            l2 = AvxVnni.MultiplyWideningAndAdd(l2, v, a);
            h2 = AvxVnni.MultiplyWideningAndAdd(h2, v, b);
        }

        l0.Store(sums);
        h0.Store(sums + 8);
        l1.Store(sums + 16);
        h1.Store(sums + 24);
        l2.Store(sums + 32);
        h2.Store(sums + 40);
    }

    /// <summary>2 rows; x holds bytes + 128. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8); Vector256<int> m0 = default, i0 = default;
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8); Vector256<int> m1 = default, i1 = default;
        byte* x1 = x + stride;
        int g = 0;
        for (; g + 2 <= groups; g += 2, panel += 128)
        {
            Sse.Prefetch0(ahead);
            Sse.Prefetch0(ahead + aheadStep);
            ahead += 2 * aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            v = Vector256.Create(((int*)x1)[g]).AsByte();
            l1 = AvxVnni.MultiplyWideningAndAdd(l1, v, a);
            h1 = AvxVnni.MultiplyWideningAndAdd(h1, v, b);
            a = Vector256.Load(panel + 64); b = Vector256.Load(panel + 96);
            v = Vector256.Create(((int*)x)[g + 1]).AsByte();
            m0 = AvxVnni.MultiplyWideningAndAdd(m0, v, a);
            i0 = AvxVnni.MultiplyWideningAndAdd(i0, v, b);
            v = Vector256.Create(((int*)x1)[g + 1]).AsByte();
            m1 = AvxVnni.MultiplyWideningAndAdd(m1, v, a);
            i1 = AvxVnni.MultiplyWideningAndAdd(i1, v, b);
        }

        if (g < groups)
        {
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            v = Vector256.Create(((int*)x1)[g]).AsByte();
            l1 = AvxVnni.MultiplyWideningAndAdd(l1, v, a);
            h1 = AvxVnni.MultiplyWideningAndAdd(h1, v, b);
        }

        (l0 + m0).Store(sums);
        (h0 + i0).Store(sums + 8);
        (l1 + m1).Store(sums + 16);
        (h1 + i1).Store(sums + 24);
    }

    /// <summary>1 rows; x holds bytes + 128. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8); Vector256<int> m0 = default, i0 = default;
        int g = 0;
        for (; g + 2 <= groups; g += 2, panel += 128)
        {
            Sse.Prefetch0(ahead);
            Sse.Prefetch0(ahead + aheadStep);
            ahead += 2 * aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
            a = Vector256.Load(panel + 64); b = Vector256.Load(panel + 96);
            v = Vector256.Create(((int*)x)[g + 1]).AsByte();
            m0 = AvxVnni.MultiplyWideningAndAdd(m0, v, a);
            i0 = AvxVnni.MultiplyWideningAndAdd(i0, v, b);
        }

        if (g < groups)
        {
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            var v = Vector256.Create(((int*)x)[g]).AsByte();
            l0 = AvxVnni.MultiplyWideningAndAdd(l0, v, a);
            h0 = AvxVnni.MultiplyWideningAndAdd(h0, v, b);
        }

        (l0 + m0).Store(sums);
        (h0 + i0).Store(sums + 8);
    }
}
