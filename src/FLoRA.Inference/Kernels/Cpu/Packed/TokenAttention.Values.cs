using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Sums of values by their weights: even and odd positions of each block apart, then together.</summary>
internal readonly unsafe partial record struct TokenAttention
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumFour(float* cache, in TokenView view, int kvHead, float* weights, int weightStride, float* factors, AttentionQuery* queries)
    {
        long stride = (long)KvHeads * HeadDim;
        float* w1 = weights + weightStride, w2 = weights + (2L * weightStride), w3 = weights + (3L * weightStride);
        int d = 0;
        for (; d + 32 <= HeadDim; d += 32)
        {
            Vector512<float> e0 = default, f0 = default, e1 = default, f1 = default, e2 = default, f2 = default, e3 = default, f3 = default;
            Vector512<float> o0 = default, p0 = default, o1 = default, p1 = default, o2 = default, p2 = default, o3 = default, p3 = default;
            for (int p = view.First; p < view.End;)
            {
                float* value = Row(cache, view, kvHead, p, half: 1) + d;
                int end = Math.Min(view.End, (p / BlockTokens * BlockTokens) + BlockTokens), at = p - view.First;
                for (; p + 2 <= end; p += 2, at += 2, value += 2 * stride)
                {
                    Vector512<float> low = Vector512.Load(value), high = Vector512.Load(value + 16);
                    var w = Vector512.Create(weights[at]);
                    e0 = Vector512.MultiplyAddEstimate(w, low, e0);
                    f0 = Vector512.MultiplyAddEstimate(w, high, f0);
                    w = Vector512.Create(w1[at]);
                    e1 = Vector512.MultiplyAddEstimate(w, low, e1);
                    f1 = Vector512.MultiplyAddEstimate(w, high, f1);
                    w = Vector512.Create(w2[at]);
                    e2 = Vector512.MultiplyAddEstimate(w, low, e2);
                    f2 = Vector512.MultiplyAddEstimate(w, high, f2);
                    w = Vector512.Create(w3[at]);
                    e3 = Vector512.MultiplyAddEstimate(w, low, e3);
                    f3 = Vector512.MultiplyAddEstimate(w, high, f3);
                    low = Vector512.Load(value + stride);
                    high = Vector512.Load(value + stride + 16);
                    w = Vector512.Create(weights[at + 1]);
                    o0 = Vector512.MultiplyAddEstimate(w, low, o0);
                    p0 = Vector512.MultiplyAddEstimate(w, high, p0);
                    w = Vector512.Create(w1[at + 1]);
                    o1 = Vector512.MultiplyAddEstimate(w, low, o1);
                    p1 = Vector512.MultiplyAddEstimate(w, high, p1);
                    w = Vector512.Create(w2[at + 1]);
                    o2 = Vector512.MultiplyAddEstimate(w, low, o2);
                    p2 = Vector512.MultiplyAddEstimate(w, high, p2);
                    w = Vector512.Create(w3[at + 1]);
                    o3 = Vector512.MultiplyAddEstimate(w, low, o3);
                    p3 = Vector512.MultiplyAddEstimate(w, high, p3);
                }

                if (p < end)
                {
                    Vector512<float> low = Vector512.Load(value), high = Vector512.Load(value + 16);
                    var w = Vector512.Create(weights[at]);
                    e0 = Vector512.MultiplyAddEstimate(w, low, e0);
                    f0 = Vector512.MultiplyAddEstimate(w, high, f0);
                    w = Vector512.Create(w1[at]);
                    e1 = Vector512.MultiplyAddEstimate(w, low, e1);
                    f1 = Vector512.MultiplyAddEstimate(w, high, f1);
                    w = Vector512.Create(w2[at]);
                    e2 = Vector512.MultiplyAddEstimate(w, low, e2);
                    f2 = Vector512.MultiplyAddEstimate(w, high, f2);
                    w = Vector512.Create(w3[at]);
                    e3 = Vector512.MultiplyAddEstimate(w, low, e3);
                    f3 = Vector512.MultiplyAddEstimate(w, high, f3);
                    p++;
                }
            }

            Put(queries[0].Output + d, factors[0], e0, o0, f0, p0);
            Put(queries[1].Output + d, factors[1], e1, o1, f1, p1);
            Put(queries[2].Output + d, factors[2], e2, o2, f2, p2);
            Put(queries[3].Output + d, factors[3], e3, o3, f3, p3);
        }

        if (d < HeadDim)
        {
            for (int q = 0; q < MostQueries; q++)
                SumRest(cache, view with { End = queries[q].End }, kvHead, weights + ((long)q * weightStride), factors[q], queries[q].Output, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* output, float factor, Vector512<float> low, Vector512<float> lowOdd, Vector512<float> high, Vector512<float> highOdd)
    {
        ((low + lowOdd) * factor).Store(output);
        ((high + highOdd) * factor).Store(output + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumOne(float* cache, in TokenView view, int head, float* weights, float factor, float* output)
    {
        long stride = (long)KvHeads * HeadDim;
        int d = 0;
        for (; d + 32 <= HeadDim; d += 32)
        {
            // Even and odd positions apart: one chain of sums would wait for itself.
            Vector512<float> low = default, high = default, lowOdd = default, highOdd = default;
            for (int p = view.First; p < view.End;)
            {
                float* value = Row(cache, view, head, p, half: 1) + d;
                int end = Math.Min(view.End, (p / BlockTokens * BlockTokens) + BlockTokens);
                for (; p + 2 <= end; p += 2, value += 2 * stride)
                {
                    Vector512<float> even = Vector512.Create(weights[p - view.First]), odd = Vector512.Create(weights[p - view.First + 1]);
                    low = Vector512.MultiplyAddEstimate(even, Vector512.Load(value), low);
                    high = Vector512.MultiplyAddEstimate(even, Vector512.Load(value + 16), high);
                    lowOdd = Vector512.MultiplyAddEstimate(odd, Vector512.Load(value + stride), lowOdd);
                    highOdd = Vector512.MultiplyAddEstimate(odd, Vector512.Load(value + stride + 16), highOdd);
                }

                if (p < end)
                {
                    var last = Vector512.Create(weights[p - view.First]);
                    low = Vector512.MultiplyAddEstimate(last, Vector512.Load(value), low);
                    high = Vector512.MultiplyAddEstimate(last, Vector512.Load(value + 16), high);
                    p++;
                }
            }

            Put(output + d, factor, low, lowOdd, high, highOdd);
        }

        SumRest(cache, view, head, weights, factor, output, d);
    }

    /// <summary>The dimensions behind whole pairs of vectors.</summary>
    private void SumRest(float* cache, in TokenView view, int head, float* weights, float factor, float* output, int from)
    {
        for (int d = from; d < HeadDim; d++)
        {
            float sum = 0;
            for (int p = view.First; p < view.End; p++)
                sum += weights[p - view.First] * Row(cache, view, head, p, half: 1)[d];
            output[d] = sum * factor;
        }
    }
}
