using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Benchmarks.Rooflines;

/// <summary>Products of eight bits with everything in registers: twelve sums, as the latency of the instruction asks for.</summary>
/// <param name="threads">Each does as much.</param>
internal sealed class Int8Probe(int threads) : ITeamWork
{
    private const int Turns = 4_000_000, SumsPerTurn = 12, MultiplyAddsPerSum = 32;

    private long _sum;

    /// <summary>All threads together.</summary>
    public double MultiplyAdds => (double)threads * Turns * SumsPerTurn * MultiplyAddsPerSum;

    /// <summary>What came out, so that nothing is left out.</summary>
    public long Sum => _sum;

    public void Run(int worker, KernelTeam team)
    {
        while (team.Next(worker, threads, 1, out _, out _))
            Interlocked.Add(ref _sum, AvxVnni.IsSupported ? Vnni(Turns, 3) : Avx2.IsSupported ? MultiplyAdd(Turns, 3) : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Vnni(int turns, byte number)
    {
        Vector256<byte> x = Vector256.Create(number);
        Vector256<sbyte> w = Vector256.Create((sbyte)number), v = Vector256.Create((sbyte)-number);
        Vector256<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default, i = default, j = default, k = default, l = default;
        for (int turn = 0; turn < turns; turn++)
        {
            a = AvxVnni.MultiplyWideningAndAdd(a, x, w);
            b = AvxVnni.MultiplyWideningAndAdd(b, x, v);
            c = AvxVnni.MultiplyWideningAndAdd(c, x, w);
            d = AvxVnni.MultiplyWideningAndAdd(d, x, v);
            e = AvxVnni.MultiplyWideningAndAdd(e, x, w);
            f = AvxVnni.MultiplyWideningAndAdd(f, x, v);
            g = AvxVnni.MultiplyWideningAndAdd(g, x, w);
            h = AvxVnni.MultiplyWideningAndAdd(h, x, v);
            i = AvxVnni.MultiplyWideningAndAdd(i, x, w);
            j = AvxVnni.MultiplyWideningAndAdd(j, x, v);
            k = AvxVnni.MultiplyWideningAndAdd(k, x, w);
            l = AvxVnni.MultiplyWideningAndAdd(l, x, v);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdd(int turns, byte number)
    {
        Vector256<byte> x = Vector256.Create(number);
        Vector256<sbyte> w = Vector256.Create((sbyte)number);
        Vector256<short> ones = Vector256<short>.One;
        Vector256<int> a = default, b = default, c = default, d = default, e = default, f = default;
        for (int turn = 0; turn < 2 * turns; turn++)
        {
            a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w ^ a.AsSByte()), ones);
            b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w ^ b.AsSByte()), ones);
            c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w ^ c.AsSByte()), ones);
            d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w ^ d.AsSByte()), ones);
            e += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w ^ e.AsSByte()), ones);
            f += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w ^ f.AsSByte()), ones);
        }

        return Vector256.Sum(a + b + c + d + e + f);
    }
}
