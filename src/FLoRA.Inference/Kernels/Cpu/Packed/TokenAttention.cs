using System.Runtime.CompilerServices;
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
internal readonly unsafe partial record struct TokenAttention(int BlockTokens, int KvHeads, int HeadDim, float Scale)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Row(float* cache, in TokenView view, int head, int position, int half)
    {
        long block = view.Blocks[position / BlockTokens];
        return cache + ((((((block * 2) + half) * BlockTokens) + (position % BlockTokens)) * KvHeads) + head) * HeadDim;
    }
}
