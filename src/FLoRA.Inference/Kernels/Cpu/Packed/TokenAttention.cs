using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// Attention of single tokens straight over the paged cache; float32. Up to four queries of one key/value head go together, heads of one token or neighbours of a prompt, so that keys and values are read once for them.
/// Every sum runs in one order whatever is beside it: a token's numbers depend on nothing but the token.
/// </summary>
/// <param name="BlockTokens">Tokens in a block.</param>
/// <param name="KvHeads">Key/value heads.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="Scale">Factor on query x key.</param>
internal readonly unsafe record struct TokenAttention(int BlockTokens, int KvHeads, int HeadDim, float Scale)
{
    /// <summary>Most queries that go together.</summary>
    public const int MostQueries = 4;

    /// <summary>Numbers of room for the weights of <see cref="MostQueries"/> queries over <paramref name="positions"/> positions.</summary>
    public static long WeightCount(int positions) => (long)MostQueries * PanelShape.RoundUp(positions, 16);

    /// <summary>output = softmax(scale x query . keys) values, of some queries of one key/value head.</summary>
    /// <param name="cache">The layer: [block, 2, block tokens, kv heads, head dim].</param>
    /// <param name="view">What the query that sees most sees.</param>
    /// <param name="kvHead">Key/value head.</param>
    /// <param name="queries">[count], each seeing from the view's first position on.</param>
    /// <param name="count">1 to <see cref="MostQueries"/>.</param>
    /// <param name="weights">Room; see <see cref="WeightCount"/>.</param>
    /// <param name="isCold">Keys and values are in memory still: they are asked for a block ahead. Blocks lie apart, so that each would be waited for anew.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Attend(float* cache, in TokenView view, int kvHead, AttentionQuery* queries, int count, float* weights, bool isCold)
    {
        int seen = view.End - view.First, stride = PanelShape.RoundUp(seen, 16);
        if (count < MostQueries)
        {
            for (int q = 0; q < count; q++)
                AttendOne(cache, view, kvHead, queries[q], weights);
            return;
        }

        for (int p = view.First; p < view.End;)
        {
            int end = Math.Min(view.End, (p / BlockTokens * BlockTokens) + BlockTokens);
            if (isCold)
                AskFor(cache, view, kvHead, end);
            ScoreFour(Row(cache, view, kvHead, p, half: 0), end - p, queries, weights + (p - view.First), stride);
            p = end;
        }

        float* factors = stackalloc float[MostQueries];
        for (int q = 0; q < MostQueries; q++)
        {
            int own = queries[q].End - view.First;
            factors[q] = RowMaths.Softmax(weights + ((long)q * stride), own);
            new Span<float>(weights + ((long)q * stride) + own, seen - own).Clear(); // what it does not see adds exact zeros
        }

        SumFour(cache, view, kvHead, weights, stride, factors, queries);
    }

    /// <summary>Keys of the block that begins at <paramref name="next"/> into the nearest cache, values of the one before it into the one behind.</summary>
    private void AskFor(float* cache, in TokenView view, int kvHead, int next)
    {
        int stride = KvHeads * HeadDim;
        float* keys = next < view.End ? Row(cache, view, kvHead, next, half: 0) : null, values = Row(cache, view, kvHead, (next - 1) / BlockTokens * BlockTokens, half: 1);
        for (int row = 0; row < BlockTokens; row++, keys += stride, values += stride)
        {
            for (int d = 0; d < HeadDim; d += 16)
            {
                if (next < view.End)
                    Sse.Prefetch0(keys + d);
                Sse.Prefetch1(values + d);
            }
        }
    }

    private void AttendOne(float* cache, TokenView view, int kvHead, AttentionQuery query, float* weights)
    {
        view.End = query.End;
        for (int p = view.First; p < view.End;)
        {
            int end = Math.Min(view.End, (p / BlockTokens * BlockTokens) + BlockTokens);
            ScoreOne(Row(cache, view, kvHead, p, half: 0), end - p, query.Query, weights + (p - view.First));
            p = end;
        }

        float factor = RowMaths.Softmax(weights, view.End - view.First);
        SumOne(cache, view, kvHead, weights, factor, query.Output);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Row(float* cache, in TokenView view, int head, int position, int half)
    {
        long block = view.Blocks[position / BlockTokens];
        return cache + ((((((block * 2) + half) * BlockTokens) + (position % BlockTokens)) * KvHeads) + head) * HeadDim;
    }
}
