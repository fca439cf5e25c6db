using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// Attention of one new token per sequence straight over the paged cache: no gather, no padding, no mask. float32. A work item is
/// one key/value head of one sequence with all its query heads; items run on libtorch's threads. Compiled once, at full
/// optimisation: the first tokens of a process would otherwise run vector code that is not inlined.
/// </summary>
internal sealed unsafe class SingleTokenAttention(TorchCpuLibrary library, KvCache cache, int queryHeads, int kvHeads, int headDim, double scale)
{
    /// <summary>Multiplications that are worth waking a second thread.</summary>
    private const long ParallelWork = 200_000;

    /// <summary>Attends.</summary>
    /// <param name="query">[sequences, query heads, head dim]; the heads of a sequence are contiguous, sequences may have any stride.</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="group">Lengths and blocks.</param>
    /// <param name="slidingWindow">Tokens that a position sees, itself included, or null.</param>
    /// <returns>[sequences, query heads x head dim], in the current dispose scope.</returns>
    public Tensor Forward(Tensor query, int layer, SingleTokenGroup group, int? slidingWindow)
    {
        Tensor output = empty([group.Count, (long)queryHeads * headDim], dtype: ScalarType.Float32);
        Job job = new()
        {
            Query = library.Pointer<float>(query),
            QueryStride = query.stride(0),
            Cache = library.Pointer<float>(cache.HalfBlocks(layer)),
            HalfBlocks = library.Pointer<long>(group.HalfBlocks),
            Lengths = library.Pointer<long>(group.Lengths),
            Output = library.Pointer<float>(output),
            Sequences = group.Count,
            BlocksPerSequence = group.BlockCount,
            BlockTokens = cache.BlockTokens,
            KvHeads = kvHeads,
            QueriesPerHead = queryHeads / kvHeads,
            HeadDim = headDim,
            Window = slidingWindow ?? int.MaxValue,
            Scale = (float)scale,
        };
        long items = (long)group.Count * kvHeads;
        long workPerItem = 2L * group.BlockCount * cache.BlockTokens * headDim * (queryHeads / kvHeads);
        library.ParallelFor(items, Math.Max(1, ParallelWork / workPerItem), &Run, &job);
        return output;
    }

    [UnmanagedCallersOnly]
    private static void Run(long begin, long end, void* context)
    {
        Job* job = (Job*)context;
        float* weights = (float*)NativeMemory.Alloc((nuint)((long)job->BlocksPerSequence * job->BlockTokens), sizeof(float));
        for (long item = begin; item < end; item++)
            Attend(job, item / job->KvHeads, (int)(item % job->KvHeads), weights);
        NativeMemory.Free(weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(Job* job, long sequence, int head, float* weights)
    {
        int length = (int)job->Lengths[sequence];
        int first = Math.Max(0, length - job->Window);
        for (int g = 0; g < job->QueriesPerHead; g++)
        {
            long queryHead = ((long)head * job->QueriesPerHead) + g;
            float* query = job->Query + (sequence * job->QueryStride) + (queryHead * job->HeadDim);
            Score(job, sequence, head, query, first, length, weights);
            Softmax(new Span<float>(weights + first, length - first));
            float* output = job->Output + (((sequence * job->KvHeads * job->QueriesPerHead) + queryHead) * job->HeadDim);
            WeightedSum(job, sequence, head, weights, first, length, output);
        }
    }

    /// <summary>weights[p] = scale x query . key[p].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(Job* job, long sequence, int head, float* query, int first, int length, float* weights)
    {
        long rowStride = (long)job->KvHeads * job->HeadDim;
        for (int p = first; p < length;)
        {
            float* key = job->Row(keys: true, sequence, head, p);
            int end = Math.Min(length, (p / job->BlockTokens * job->BlockTokens) + job->BlockTokens);
            for (; p < end; p++, key += rowStride)
                weights[p] = job->Scale * Dot(query, key, job->HeadDim);
        }
    }

    /// <summary>output = sum_p weights[p] x value[p], in the order of p; 32 numbers of the head at a time stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightedSum(Job* job, long sequence, int head, float* weights, int first, int length, float* output)
    {
        int d = 0;
        for (; d + 32 <= job->HeadDim; d += 32)
        {
            Vector256<float> a = default, b = default, c = default, e = default;
            long rowStride = (long)job->KvHeads * job->HeadDim;
            for (int p = first; p < length;)
            {
                float* value = job->Row(keys: false, sequence, head, p) + d;
                int end = Math.Min(length, (p / job->BlockTokens * job->BlockTokens) + job->BlockTokens);
                for (; p < end; p++, value += rowStride)
                {
                    var weight = Vector256.Create(weights[p]);
                    a = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value), a);
                    b = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + 8), b);
                    c = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + 16), c);
                    e = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + 24), e);
                }
            }

            a.Store(output + d);
            b.Store(output + d + 8);
            c.Store(output + d + 16);
            e.Store(output + d + 24);
        }

        for (; d < job->HeadDim; d++)
        {
            float sum = 0;
            for (int p = first; p < length; p++)
                sum += weights[p] * job->Row(keys: false, sequence, head, p)[d];
            output[d] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* x, float* y, int count)
    {
        Vector256<float> even = default, odd = default;
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            even = Vector256.MultiplyAddEstimate(Vector256.Load(x + i), Vector256.Load(y + i), even);
            odd = Vector256.MultiplyAddEstimate(Vector256.Load(x + i + 8), Vector256.Load(y + i + 8), odd);
        }

        float sum = Vector256.Sum(even + odd);
        for (; i < count; i++)
            sum += x[i] * y[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(Span<float> scores)
    {
        ref float start = ref MemoryMarshal.GetReference(scores);
        int vectorised = scores.Length & ~7;
        var largestOf8 = Vector256.Create(float.NegativeInfinity);
        float largest = float.NegativeInfinity;
        for (int i = 0; i < vectorised; i += 8)
            largestOf8 = Vector256.Max(largestOf8, Vector256.LoadUnsafe(ref start, (nuint)i));
        for (int lane = 0; lane < 8; lane++)
            largest = MathF.Max(largest, largestOf8[lane]);
        for (int i = vectorised; i < scores.Length; i++)
            largest = MathF.Max(largest, scores[i]);

        Vector256<float> sums = default;
        for (int i = 0; i < vectorised; i += 8)
        {
            Vector256<float> exponential = Vector256.Exp(Vector256.LoadUnsafe(ref start, (nuint)i) - Vector256.Create(largest));
            exponential.StoreUnsafe(ref start, (nuint)i);
            sums += exponential;
        }

        float sum = Vector256.Sum(sums);
        for (int i = vectorised; i < scores.Length; i++)
            sum += scores[i] = MathF.Exp(scores[i] - largest);
        var factor = Vector256.Create(1 / sum);
        for (int i = 0; i < vectorised; i += 8)
            (Vector256.LoadUnsafe(ref start, (nuint)i) * factor).StoreUnsafe(ref start, (nuint)i);
        for (int i = vectorised; i < scores.Length; i++)
            scores[i] *= 1 / sum;
    }

    private struct Job
    {
        public float* Query, Cache, Output;
        public long* HalfBlocks, Lengths;
        public long QueryStride;
        public int Sequences, BlocksPerSequence, BlockTokens, KvHeads, QueriesPerHead, HeadDim, Window;
        public float Scale;

        /// <summary>A position's key or value of one head.</summary>
        public readonly float* Row(bool keys, long sequence, int head, int position)
        {
            long half = HalfBlocks[(((keys ? 0 : Sequences) + sequence) * BlocksPerSequence) + (position / BlockTokens)];
            return Cache + (((((half * BlockTokens) + (position % BlockTokens)) * KvHeads) + head) * HeadDim);
        }
    }
}
