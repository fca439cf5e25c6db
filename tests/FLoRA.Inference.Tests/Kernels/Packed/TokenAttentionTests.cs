using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Attention of single tokens over scattered blocks against plain loops: head widths, groups, windows, block sizes, lengths.</summary>
public unsafe class TokenAttentionTests
{
    private const int Blocks = 64;

    public static TheoryData<int, int, int, int, int?> Shapes => new()
    {
        { 6, 1, 32, 16, null },
        { 4, 2, 12, 16, null },
        { 4, 4, 10, 4, null },
        { 8, 2, 64, 16, 5 },
        { 2, 1, 128, 1, 33 },
        { 3, 3, 48, 7, 1 },
        { 2, 2, 2, 3, 10 },
        { 5, 1, 100, 5, 18 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Equals_plain_loops(int queryHeads, int kvHeads, int headDim, int blockTokens, int? window)
    {
        var random = new Random(headDim);
        float[] cache = Floats(random, Blocks * 2 * blockTokens * kvHeads * headDim);
        var attention = new TokenAttention(blockTokens, kvHeads, headDim, 1 / MathF.Sqrt(headDim));
        foreach (int length in (int[])[1, 2, blockTokens, blockTokens + 1, (3 * blockTokens) - 1, 40])
        {
            int[] table = [.. Enumerable.Range(0, (length + blockTokens - 1) / blockTokens).Select(_ => random.Next(Blocks))];
            int first = window is { } seen ? Math.Max(0, length - seen) : 0;
            for (int head = 0; head < queryHeads; head++)
            {
                int kvHead = head / (queryHeads / kvHeads);
                float[] query = Floats(random, headDim), actual = Attend(attention, cache, table, first, length, kvHead, query);
                double[] expected = Expected(attention, cache, table, first, length, kvHead, query);
                for (int d = 0; d < headDim; d++)
                    Assert.Equal(expected[d], actual[d], 2e-6);
            }
        }
    }

    [Fact]
    public void What_is_not_seen_may_be_broken_and_what_is_seen_may_not()
    {
        const int HeadDim = 40, BlockTokens = 4, Length = 11, First = 3;
        var random = new Random(1);
        int[] table = [5, 2, 9];
        var attention = new TokenAttention(BlockTokens, 1, HeadDim, 0.2f);
        float[] cache = Floats(random, Blocks * 2 * BlockTokens * HeadDim), query = Floats(random, HeadDim), whole = Attend(attention, cache, table, First, Length, 0, query);
        foreach (int position in (int[])[0, 2, 11])
            SetRow(position, half: 0, float.NaN);
        foreach (int position in (int[])[0, 2, 11])
            SetRow(position, half: 1, float.NaN);
        Assert.Equal(whole, Attend(attention, cache, table, First, Length, 0, query));
        SetRow(First, half: 0, float.NaN);
        Assert.All(Attend(attention, cache, table, First, Length, 0, query), v => Assert.True(float.IsNaN(v)));

        void SetRow(int position, int half, float value) => cache.AsSpan(((((table[position / BlockTokens] * 2) + half) * BlockTokens) + (position % BlockTokens)) * HeadDim, HeadDim).Fill(value);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Heads_that_go_together_equal_single_ones_to_the_bit(int queryHeads, int kvHeads, int headDim, int blockTokens, int? window)
    {
        var random = new Random(headDim + 1);
        float[] cache = Floats(random, Blocks * 2 * blockTokens * kvHeads * headDim);
        var attention = new TokenAttention(blockTokens, kvHeads, headDim, 1 / MathF.Sqrt(headDim));
        foreach (int length in (int[])[1, blockTokens + 1, 41, queryHeads + 50])
        {
            int[] table = [.. Enumerable.Range(0, (length + blockTokens - 1) / blockTokens).Select(_ => random.Next(Blocks))];
            int first = window is { } seen ? Math.Max(0, length - seen) : 0;
            float[] queries = Floats(random, TokenAttention.MostQueries * headDim), together = Attend(attention, cache, table, first, length, kvHeads - 1, queries);
            float[] alone = [.. queries.Chunk(headDim).SelectMany(query => Attend(attention, cache, table, first, length, kvHeads - 1, query))];
            Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), together.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Neighbours_of_a_prompt_that_go_together_equal_single_ones_to_the_bit(int queryHeads, int kvHeads, int headDim, int blockTokens, int? window)
    {
        var random = new Random(headDim + queryHeads);
        float[] cache = Floats(random, Blocks * 2 * blockTokens * kvHeads * headDim);
        var attention = new TokenAttention(blockTokens, kvHeads, headDim, 1 / MathF.Sqrt(headDim));
        foreach (int length in (int[])[4, blockTokens + 3, 41, window is null ? 50 : 49])
        {
            int[] table = [.. Enumerable.Range(0, (length + blockTokens - 1) / blockTokens).Select(_ => random.Next(Blocks))], ends = [length - 3, length - 2, length - 1, length];
            float[] queries = Floats(random, TokenAttention.MostQueries * headDim), together = Attend(attention, cache, table, 0, ends, kvHeads - 1, queries);
            float[] alone = [.. queries.Chunk(headDim).SelectMany((query, i) => Attend(attention, cache, table, 0, ends[i], kvHeads - 1, query))];
            Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), together.Select(BitConverter.SingleToInt32Bits));
        }
    }

    private static float[] Attend(TokenAttention attention, float[] cache, int[] table, int first, int end, int head, float[] query) =>
        Attend(attention, cache, table, first, [.. Enumerable.Repeat(end, query.Length / attention.HeadDim)], head, query);

    private static float[] Attend(TokenAttention attention, float[] cache, int[] table, int first, int[] ends, int head, float[] query)
    {
        float[] output = new float[query.Length], weights = new float[TokenAttention.WeightCount(ends[^1] - first)];
        AttentionQuery* queries = stackalloc AttentionQuery[ends.Length];
        fixed (float* c = cache, q = query, w = weights, o = output)
        {
            for (int i = 0; i < ends.Length; i++)
                queries[i] = new AttentionQuery { Query = q + (i * attention.HeadDim), Output = o + (i * attention.HeadDim), End = ends[i] };
            fixed (int* t = table)
                attention.Attend(c, new TokenView { Blocks = t, First = first, End = ends[^1] }, head, queries, ends.Length, w, isCold: true);
        }

        return output;
    }

    private static double[] Expected(TokenAttention shape, float[] cache, int[] table, int first, int end, int head, float[] query)
    {
        double At(int half, int position, int d) =>
            cache[((((((table[position / shape.BlockTokens] * 2) + half) * shape.BlockTokens) + (position % shape.BlockTokens)) * shape.KvHeads + head) * shape.HeadDim) + d];
        double[] weights = [.. Enumerable.Range(first, end - first).Select(p => Math.Exp(shape.Scale * Enumerable.Range(0, shape.HeadDim).Sum(d => query[d] * At(0, p, d))))];
        return [.. Enumerable.Range(0, shape.HeadDim).Select(d => weights.Select((w, i) => w * At(1, first + i, d)).Sum() / weights.Sum())];
    }

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
