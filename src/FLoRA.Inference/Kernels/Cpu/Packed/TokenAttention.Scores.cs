using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Scale x query . key. Every product's sum runs over its lanes, then over halves, neighbours and quarters, whatever tile it is in.</summary>
internal readonly unsafe partial record struct TokenAttention
{
    /// <summary>Scores of four queries with the keys of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreFour(float* key, int count, AttentionQuery* queries, float* scores, int scoreStride)
    {
        long stride = (long)KvHeads * HeadDim;
        int n = 0;
        if (Vector512.IsHardwareAccelerated && HeadDim % 16 == 0)
        {
            for (; n + 4 <= count; n += 4, key += 4 * stride)
                ScoreSquare(key, stride, queries, scores + n, scoreStride);
        }

        int whole = HeadDim / 16 * 16;
        for (; n + 2 <= count; n += 2, key += 2 * stride)
            ScorePair(key, stride, whole, queries, scores + n, scoreStride);
        for (int h = 0; n < count && h < MostQueries; h++)
            ScoreOne(key, 1, queries[h].Query, scores + ((long)h * scoreStride) + n);
    }

    /// <summary>Scores of four queries with four keys: sixteen sums, for which 512-bit instructions have the registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ScoreSquare(float* key, long stride, AttentionQuery* queries, float* scores, int scoreStride)
    {
        float* k1 = key + stride, k2 = k1 + stride, k3 = k2 + stride, q0 = queries[0].Query, q1 = queries[1].Query, q2 = queries[2].Query, q3 = queries[3].Query;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, e0 = default, e1 = default, e2 = default, e3 = default;
        for (int d = 0; d < HeadDim; d += 16)
        {
            Vector512<float> a = Vector512.Load(key + d), b = Vector512.Load(k1 + d), c = Vector512.Load(k2 + d), e = Vector512.Load(k3 + d);
            var q = Vector512.Load(q0 + d);
            a0 = Vector512.MultiplyAddEstimate(q, a, a0);
            b0 = Vector512.MultiplyAddEstimate(q, b, b0);
            c0 = Vector512.MultiplyAddEstimate(q, c, c0);
            e0 = Vector512.MultiplyAddEstimate(q, e, e0);
            q = Vector512.Load(q1 + d);
            a1 = Vector512.MultiplyAddEstimate(q, a, a1);
            b1 = Vector512.MultiplyAddEstimate(q, b, b1);
            c1 = Vector512.MultiplyAddEstimate(q, c, c1);
            e1 = Vector512.MultiplyAddEstimate(q, e, e1);
            q = Vector512.Load(q2 + d);
            a2 = Vector512.MultiplyAddEstimate(q, a, a2);
            b2 = Vector512.MultiplyAddEstimate(q, b, b2);
            c2 = Vector512.MultiplyAddEstimate(q, c, c2);
            e2 = Vector512.MultiplyAddEstimate(q, e, e2);
            q = Vector512.Load(q3 + d);
            a3 = Vector512.MultiplyAddEstimate(q, a, a3);
            b3 = Vector512.MultiplyAddEstimate(q, b, b3);
            c3 = Vector512.MultiplyAddEstimate(q, c, c3);
            e3 = Vector512.MultiplyAddEstimate(q, e, e3);
        }

        (Scale * Sums(a0, b0, c0, e0)).Store(scores);
        (Scale * Sums(a1, b1, c1, e1)).Store(scores + scoreStride);
        (Scale * Sums(a2, b2, c2, e2)).Store(scores + (2L * scoreStride));
        (Scale * Sums(a3, b3, c3, e3)).Store(scores + (3L * scoreStride));
    }

    /// <summary>Scores of four queries with two keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ScorePair(float* key, long stride, int whole, AttentionQuery* queries, float* scores, int scoreStride)
    {
        float* query = queries[0].Query, q1 = queries[1].Query, q2 = queries[2].Query, q3 = queries[3].Query;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (int d = 0; d < whole; d += 16)
        {
            Vector512<float> a = Vector512.Load(key + d), b = Vector512.Load(key + stride + d);
            var q = Vector512.Load(query + d);
            a0 = Vector512.MultiplyAddEstimate(q, a, a0);
            b0 = Vector512.MultiplyAddEstimate(q, b, b0);
            q = Vector512.Load(q1 + d);
            a1 = Vector512.MultiplyAddEstimate(q, a, a1);
            b1 = Vector512.MultiplyAddEstimate(q, b, b1);
            q = Vector512.Load(q2 + d);
            a2 = Vector512.MultiplyAddEstimate(q, a, a2);
            b2 = Vector512.MultiplyAddEstimate(q, b, b2);
            q = Vector512.Load(q3 + d);
            a3 = Vector512.MultiplyAddEstimate(q, a, a3);
            b3 = Vector512.MultiplyAddEstimate(q, b, b3);
        }

        Vector128<float> ofA = Sums(a0, a1, a2, a3), ofB = Sums(b0, b1, b2, b3);
        for (int h = 0; h < MostQueries; h++)
        {
            float* from = queries[h].Query;
            scores[(long)h * scoreStride] = Scale * Rest(from, key, whole, ofA[h]);
            scores[((long)h * scoreStride) + 1] = Scale * Rest(from, key + stride, whole, ofB[h]);
        }
    }

    /// <summary>Scores of one query with the keys of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreOne(float* key, int count, float* query, float* scores)
    {
        long stride = (long)KvHeads * HeadDim;
        int whole = HeadDim / 16 * 16;
        for (int n = 0; n < count; n += 4, key += 4 * stride)
        {
            // Of fewer than four keys the last one stands for the others.
            int some = Math.Min(4, count - n);
            float* k1 = key + (some > 1 ? stride : 0), k2 = some > 2 ? k1 + stride : k1, k3 = some > 3 ? k2 + stride : k2;
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int d = 0; d < whole; d += 16)
            {
                var q = Vector512.Load(query + d);
                s0 = Vector512.MultiplyAddEstimate(q, Vector512.Load(key + d), s0);
                s1 = Vector512.MultiplyAddEstimate(q, Vector512.Load(k1 + d), s1);
                s2 = Vector512.MultiplyAddEstimate(q, Vector512.Load(k2 + d), s2);
                s3 = Vector512.MultiplyAddEstimate(q, Vector512.Load(k3 + d), s3);
            }

            Vector128<float> sums = Sums(s0, s1, s2, s3);
            for (int i = 0; i < some; i++)
                scores[n + i] = Scale * Rest(query, key + (i * stride), whole, sums[i]);
        }
    }

    /// <summary>What is left of a product when whole vectors are summed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Rest(float* query, float* key, int from, float sum)
    {
        for (int d = from; d < HeadDim; d++)
            sum += query[d] * key[d];
        return sum;
    }

    /// <summary>The sums of four vectors, each over its halves, then neighbours, then quarters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector256<float> ab = Avx.HorizontalAdd(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper());
        Vector256<float> cd = Avx.HorizontalAdd(c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
        Vector256<float> all = Avx.HorizontalAdd(ab, cd);
        return all.GetLower() + all.GetUpper();
    }
}
