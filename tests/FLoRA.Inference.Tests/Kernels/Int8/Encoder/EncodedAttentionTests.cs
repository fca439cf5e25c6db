using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels.Int8.Encoder;

/// <summary>Attention to an encoder's result in eight bits, over scattered blocks: the same bits on every path, near plain loops over what was rounded; and the keys as they are read back.</summary>
public unsafe class EncodedAttentionTests
{
    private const int Blocks = 40;

    public static TheoryData<int, int, int> Shapes => new() { { 8, 64, 16 }, { 4, 32, 16 }, { 2, 96, 5 }, { 3, 48, 7 }, { 2, 24, 1 }, { 5, 10, 4 }, { 2, 2, 16 }, { 1, 100, 3 } };

    [Theory, MemberData(nameof(Shapes))]
    public void Every_path_gives_the_same_bits_near_plain_loops(int heads, int headDim, int blockTokens)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        var random = new Random(headDim);
        var rows = new EncodedRows(blockTokens, heads, headDim);
        foreach (int positions in (int[])[1, 2, blockTokens, (2 * blockTokens) + 1, Math.Min(150, 20 * blockTokens)])
        {
            float[] cache = Fill(rows, random, positions, out int[] table, out float[][] keys, out float[][] values);
            for (int head = 0; head < heads; head++)
            {
                float[] query = Floats(random, headDim);
                float[][] results = [.. Int8Paths.Available.Select(path => Attend(new EncodedAttention(rows, 1 / MathF.Sqrt(headDim), path), cache, table, positions, head, query))];
                Assert.All(results, r => Assert.Equal(results[0], r));
                double[] scores = [.. keys.Select(k => Enumerable.Range(0, headDim).Sum(d => (double)query[d] * k[(head * headDim) + d]) / Math.Sqrt(headDim))];
                double sum = scores.Sum(Math.Exp);
                for (int d = 0; d < headDim; d++)
                    Assert.Equal(scores.Select((s, p) => Math.Exp(s) / sum * values[p][(head * headDim) + d]).Sum(), results[0][d], 0.006);
            }
        }
    }

    [Fact]
    public void Keys_are_read_back_within_half_a_step()
    {
        NativeRuntime.EnsureLoaded();
        const int Heads = 3, HeadDim = 10, BlockTokens = 4, Positions = 14;
        using var scope = NewDisposeScope();
        var rows = new EncodedRows(BlockTokens, Heads, HeadDim);
        float[] cache = Fill(rows, new Random(4), Positions, out int[] table, out float[][] keys, out _);
        float[] read = rows.ReadKeys(tensor(cache).view(-1, Heads * HeadDim), table, Positions).data<float>().ToArray();
        for (int i = 0; i < read.Length; i++)
        {
            float[] row = keys[i / (Heads * HeadDim)];
            float largest = row.Skip(i % (Heads * HeadDim) / HeadDim * HeadDim).Take(HeadDim).Max(MathF.Abs);
            Assert.Equal(row[i % (Heads * HeadDim)], read[i], 0.501 * largest / 127);
        }
    }

    [Fact]
    public void What_is_no_number_stays_in_its_head()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        var rows = new EncodedRows(4, 2, 32);
        foreach (int half in (int[])[0, 1])
        {
            float[] cache = Fill(rows, new Random(6), 9, out int[] table, out float[][] keys, out float[][] values), query = Floats(new Random(7), 32);
            float[] whole = Attend(new EncodedAttention(rows, 0.2f, Int8Paths.Best), cache, table, 9, 0, query), broken = [.. (half == 0 ? keys : values)[5]];
            broken[40] = float.NaN;
            fixed (float* c = cache, b = broken)
                rows.Write(c, table[1], 1, half, b);
            Assert.Equal(whole, Attend(new EncodedAttention(rows, 0.2f, Int8Paths.Best), cache, table, 9, 0, query));
            Assert.All(Attend(new EncodedAttention(rows, 0.2f, Int8Paths.Best), cache, table, 9, 1, query), v => Assert.True(float.IsNaN(v)));
        }
    }

    private static float[] Fill(EncodedRows rows, Random random, int positions, out int[] table, out float[][] keys, out float[][] values)
    {
        int width = rows.Heads * rows.HeadDim;
        float[] cache = Floats(random, Blocks * 2 * rows.BlockTokens * width);
        table = [.. Enumerable.Range(0, Blocks).OrderBy(_ => random.Next()).Take((positions + rows.BlockTokens - 1) / rows.BlockTokens)];
        keys = [.. Enumerable.Range(0, positions).Select(_ => Floats(random, width))];
        values = [.. Enumerable.Range(0, positions).Select(_ => Floats(random, width))];
        for (int p = 0; p < positions; p++)
        {
            fixed (float* c = cache, k = keys[p], v = values[p])
            {
                rows.Write(c, table[p / rows.BlockTokens], p % rows.BlockTokens, 0, k);
                rows.Write(c, table[p / rows.BlockTokens], p % rows.BlockTokens, 1, v);
            }
        }

        return cache;
    }

    private static float[] Attend(EncodedAttention attention, float[] cache, int[] table, int positions, int head, float[] query)
    {
        float[] output = new float[query.Length], weights = new float[PanelShape.RoundUp(positions, 16)];
        fixed (float* c = cache, q = query, w = weights, o = output)
        {
            fixed (int* t = table)
                attention.Attend(c, new TokenView { Blocks = t, End = positions }, head, q, w, o);
        }

        return output;
    }

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
