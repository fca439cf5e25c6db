using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>Panels back to plain rows, for libtorch's product.</summary>
internal static unsafe class PanelUnpacking
{
    private const int Size = 16, LineBytes = 64, AheadLines = 32;

    /// <summary>Bytes from output to output in plain rows: a line more where rows of a power of two would share a few sets of the caches (16 rows of 8,192 bytes one; libtorch's product is a fifth slower over those).</summary>
    /// <param name="inputs">Bytes of a row.</param>
    public static int Stride(int inputs) => inputs % 512 == 0 ? inputs + LineBytes : inputs;

    /// <summary>A panel [groups][16] of four bytes each -> plain rows.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="plain">[16, groups].</param>
    /// <param name="stride">Groups from row to row.</param>
    /// <param name="groups">Groups of four inputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(int* panel, int* plain, long stride, int groups)
    {
        int g = 0;
        if (Avx512F.IsSupported)
        {
            for (; g + Size <= groups; g += Size)
            {
                for (int line = g; line < g + Size; line++)
                    Sse.Prefetch0(panel + ((line + AheadLines) * Size)); // the weight is read once a step, from memory
                Transpose(panel + (g * Size), plain + g, stride);
            }
        }

        for (int c = 0; c < Size; c++)
        {
            int* to = plain + (c * stride);
            for (int rest = g; rest < groups; rest++)
                to[rest] = panel[(rest * Size) + c];
        }
    }

    /// <summary>[16][16] -> its transpose, with <paramref name="stride"/> numbers from row to row: neighbours, then pairs, then quarters change places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(int* from, int* to, long stride)
    {
        Quarter(from + 0, out Vector512<int> a0, out Vector512<int> b0, out Vector512<int> c0, out Vector512<int> d0);
        Quarter(from + 64, out Vector512<int> a1, out Vector512<int> b1, out Vector512<int> c1, out Vector512<int> d1);
        Quarter(from + 128, out Vector512<int> a2, out Vector512<int> b2, out Vector512<int> c2, out Vector512<int> d2);
        Quarter(from + 192, out Vector512<int> a3, out Vector512<int> b3, out Vector512<int> c3, out Vector512<int> d3);

        Store(a0, a1, a2, a3, to + (0 * stride), stride);
        Store(b0, b1, b2, b3, to + (1 * stride), stride);
        Store(c0, c1, c2, c3, to + (2 * stride), stride);
        Store(d0, d1, d2, d3, to + (3 * stride), stride);
    }

    /// <summary>Four rows: in each 128-bit lane l of the i-th result stand the numbers 4 l + i of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(int* from, out Vector512<int> a, out Vector512<int> b, out Vector512<int> c, out Vector512<int> d)
    {
        Vector512<int> r0 = Vector512.Load(from), r1 = Vector512.Load(from + 16), r2 = Vector512.Load(from + 32), r3 = Vector512.Load(from + 48);
        Vector512<long> low01 = Avx512F.UnpackLow(r0, r1).AsInt64(), high01 = Avx512F.UnpackHigh(r0, r1).AsInt64();
        Vector512<long> low23 = Avx512F.UnpackLow(r2, r3).AsInt64(), high23 = Avx512F.UnpackHigh(r2, r3).AsInt64();
        a = Avx512F.UnpackLow(low01, low23).AsInt32();
        b = Avx512F.UnpackHigh(low01, low23).AsInt32();
        c = Avx512F.UnpackLow(high01, high23).AsInt32();
        d = Avx512F.UnpackHigh(high01, high23).AsInt32();
    }

    /// <summary>Lane l of the four quarters together are row 4 l of the result (and what is added to <paramref name="to"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<int> q0, Vector512<int> q1, Vector512<int> q2, Vector512<int> q3, int* to, long stride)
    {
        Vector512<int> even01 = Avx512F.Shuffle4x128(q0, q1, 0b10_00_10_00), odd01 = Avx512F.Shuffle4x128(q0, q1, 0b11_01_11_01);
        Vector512<int> even23 = Avx512F.Shuffle4x128(q2, q3, 0b10_00_10_00), odd23 = Avx512F.Shuffle4x128(q2, q3, 0b11_01_11_01);
        Avx512F.Shuffle4x128(even01, even23, 0b10_00_10_00).Store(to);
        Avx512F.Shuffle4x128(odd01, odd23, 0b10_00_10_00).Store(to + (4 * stride));
        Avx512F.Shuffle4x128(even01, even23, 0b11_01_11_01).Store(to + (8 * stride));
        Avx512F.Shuffle4x128(odd01, odd23, 0b11_01_11_01).Store(to + (12 * stride));
    }
}
