using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// The tiles of AVX2. Products of bytes are made unsigned by signed, |w| by x with w's sign; two of at most 127 x 127 each stay below 2^15, so that nothing saturates and sums are exact.
/// </summary>
internal static unsafe class Avx2Tiles
{
    /// <summary>4 rows; x holds signed bytes. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8);
        Vector256<int> l2 = Vector256.Load(start + (2 * startStride)), h2 = Vector256.Load(start + (2 * startStride) + 8);
        Vector256<int> l3 = Vector256.Load(start + (3 * startStride)), h3 = Vector256.Load(start + (3 * startStride) + 8);
        byte* x1 = x + stride, x2 = x + (2 * stride), x3 = x + (3 * stride);
        Vector256<short> ones = Vector256<short>.One;
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            Vector256<byte> sizeA = Avx2.Abs(a), sizeB = Avx2.Abs(b);
            var v = Vector256.Create(((int*)x)[g]).AsSByte();
            l0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
            v = Vector256.Create(((int*)x1)[g]).AsSByte();
            l1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
            v = Vector256.Create(((int*)x2)[g]).AsSByte();
            l2 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h2 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
            v = Vector256.Create(((int*)x3)[g]).AsSByte();
            l3 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h3 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
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

    /// <summary>2 rows; x holds signed bytes. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<int> l1 = Vector256.Load(start + startStride), h1 = Vector256.Load(start + startStride + 8);
        byte* x1 = x + stride;
        Vector256<short> ones = Vector256<short>.One;
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            Vector256<byte> sizeA = Avx2.Abs(a), sizeB = Avx2.Abs(b);
            var v = Vector256.Create(((int*)x)[g]).AsSByte();
            l0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
            v = Vector256.Create(((int*)x1)[g]).AsSByte();
            l1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
        }

        l0.Store(sums);
        h0.Store(sums + 8);
        l1.Store(sums + 16);
        h1.Store(sums + 24);
    }

    /// <summary>1 row; x holds signed bytes. See <see cref="Int8Tiles.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1(byte* x, long stride, sbyte* panel, int groups, int* start, long startStride, int* sums, byte* ahead, int aheadStep)
    {
        Vector256<int> l0 = Vector256.Load(start), h0 = Vector256.Load(start + 8);
        Vector256<short> ones = Vector256<short>.One;
        for (int g = 0; g < groups; g++, panel += 64)
        {
            Sse.Prefetch0(ahead);
            ahead += aheadStep;
            Vector256<sbyte> a = Vector256.Load(panel), b = Vector256.Load(panel + 32);
            Vector256<byte> sizeA = Avx2.Abs(a), sizeB = Avx2.Abs(b);
            var v = Vector256.Create(((int*)x)[g]).AsSByte();
            l0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeA, Avx2.Sign(v, a)), ones);
            h0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(sizeB, Avx2.Sign(v, b)), ones);
        }

        l0.Store(sums);
        h0.Store(sums + 8);
    }
}
