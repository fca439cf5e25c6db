using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Benchmarks.Rooflines;

/// <summary>Every thread reads its share of a block of memory in eight streams side by side.</summary>
/// <param name="memory">The block.</param>
/// <param name="count">Bytes; a multiple of threads x 8 x 64.</param>
/// <param name="threads">Shares.</param>
internal sealed unsafe class ReadProbe(byte* memory, long count, int threads) : ITeamWork
{
    private const int Streams = 8;

    private long _sum;

    /// <summary>What was read, so that reading is not left out.</summary>
    public long Sum => _sum;

    public void Run(int worker, KernelTeam team)
    {
        long share = count / threads / Streams / 64 * 64 * Streams;
        while (team.Next(worker, threads, 1, out int part, out _))
            Interlocked.Add(ref _sum, Read(memory + (part * share), share / Streams));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Read(byte* from, long stream)
    {
        Vector256<long> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (byte* end = from + stream; from < end; from += 64)
        {
            a ^= Vector256.Load((long*)from) ^ Vector256.Load((long*)(from + 32));
            b ^= Vector256.Load((long*)(from + stream)) ^ Vector256.Load((long*)(from + stream + 32));
            c ^= Vector256.Load((long*)(from + (2 * stream))) ^ Vector256.Load((long*)(from + (2 * stream) + 32));
            d ^= Vector256.Load((long*)(from + (3 * stream))) ^ Vector256.Load((long*)(from + (3 * stream) + 32));
            e ^= Vector256.Load((long*)(from + (4 * stream))) ^ Vector256.Load((long*)(from + (4 * stream) + 32));
            f ^= Vector256.Load((long*)(from + (5 * stream))) ^ Vector256.Load((long*)(from + (5 * stream) + 32));
            g ^= Vector256.Load((long*)(from + (6 * stream))) ^ Vector256.Load((long*)(from + (6 * stream) + 32));
            h ^= Vector256.Load((long*)(from + (7 * stream))) ^ Vector256.Load((long*)(from + (7 * stream) + 32));
        }

        return Vector256.Sum(a ^ b ^ c ^ d ^ e ^ f ^ g ^ h);
    }
}
