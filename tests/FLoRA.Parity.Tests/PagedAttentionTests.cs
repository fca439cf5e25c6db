using FLoRA.Inference;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Scheduling;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Parity.Tests;

/// <summary>Attention in libtorch's composition against plain loops, on the device under test.</summary>
public class PagedAttentionTests
{
    private const int BlockTokens = 16, BlockCount = 24;
    private const double Tolerance = 1e-4;

    /// <summary>Heads, key/value heads, width and window of a head, then position and number of the tokens: around tiles of 32 and 64 queries.</summary>
    public static TheoryData<int, int, int, int?, int, int> Chunks
    {
        get
        {
            var data = new TheoryData<int, int, int, int?, int, int>();
            foreach (int count in new[] { 1, 2, 32, 33, 64, 65, 97 })
            {
                data.Add(4, 1, 12, null, 0, count);
                data.Add(4, 1, 12, null, 25, count);
                data.Add(6, 1, 160, 20, 7, count);
                data.Add(1, 1, 16, null, 3, count);
                data.Add(4, 2, 12, null, 25, count);
            }

            return data;
        }
    }

    /// <summary>Behind the mask lies what would show only the first position: pytorch issue 191937, where one query is left in a tile.</summary>
    [Theory, MemberData(nameof(Chunks))]
    public void A_chunk_equals_plain_loops(int queryHeads, int kvHeads, int headDim, int? window, int start, int count)
    {
        var shape = new Shape(queryHeads, kvHeads, headDim, window);
        using var stage = new Stage(shape, seed: (100 * count) + headDim);
        stage.Check([new Part(start, count, [.. Enumerable.Range(5, (start + count + BlockTokens - 1) / BlockTokens)])]);
    }

    [Fact]
    public void Chunks_and_single_tokens_of_one_step_equal_plain_loops()
    {
        using var stage = new Stage(new Shape(4, 1, 12, null), seed: 3);
        stage.Check([new Part(0, 65, [0, 1, 2, 3, 4]), new Part(18, 1, [5, 6]), new Part(9, 33, [7, 8, 9]), new Part(2, 1, [10])]);
    }

    /// <summary>Shorter sequences are padded to the longest one's blocks; what others have in theirs must not matter, and the first block is somebody's too.</summary>
    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_in_the_blocks_of_others_reaches_nobody(float broken)
    {
        foreach (int kvHeads in new[] { 1, 2 })
        {
            using var stage = new Stage(new Shape(4, kvHeads, 12, null), seed: 4);
            int[][] tables = [[7], [2, 9, 4], [5, 6]];
            stage.Fill([.. Enumerable.Range(0, BlockCount).Except(tables.SelectMany(t => t))], broken);
            stage.Check([new Part(4, 1, tables[0]), new Part(40, 1, tables[1]), new Part(16, 1, tables[2])]);
        }
    }

    /// <param name="QueryHeads">Query heads.</param>
    /// <param name="KvHeads">Key/value heads.</param>
    /// <param name="HeadDim">Width of a head.</param>
    /// <param name="Window">Sliding window.</param>
    private sealed record Shape(int QueryHeads, int KvHeads, int HeadDim, int? Window);

    /// <summary>One sequence's part of the step.</summary>
    /// <param name="Start">First position.</param>
    /// <param name="Count">Tokens.</param>
    /// <param name="Blocks">Block table.</param>
    private sealed record Part(int Start, int Count, int[] Blocks);

    /// <summary>A cache full of random numbers, and the attention over it.</summary>
    private sealed class Stage : IDisposable
    {
        private readonly Shape _shape;
        private readonly System.Random _random;
        private readonly Device _device = TestDevice.Open();
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly KvCache _cache;
        private readonly Batch _batch;
        private readonly PagedAttention _attention;

        public Stage(Shape shape, int seed)
        {
            _shape = shape;
            _random = new System.Random(seed);
            _cache = new KvCache(1, BlockCount, BlockTokens, shape.KvHeads, shape.HeadDim, ScalarType.Float32, _device);
            _cache.Rows(0).copy_(Random(2L * BlockCount * BlockTokens, (long)shape.KvHeads * shape.HeadDim));
            _batch = new Batch(_cache, 256, 8, BlockCount, _device);
            _attention = new PagedAttention(_cache, shape.QueryHeads, shape.KvHeads, shape.HeadDim, 1 / Math.Sqrt(shape.HeadDim), cpu: null);
        }

        public void Fill(int[] blocks, float number)
        {
            foreach (int block in blocks)
                _cache.HalfBlocks(0).narrow(0, 2L * block, 2).fill_(number);
        }

        public void Check(Part[] parts)
        {
            _batch.Fill([.. parts.Select((part, i) => Entry(part, id: i + 1))]);
            Tensor places = arange((BlockCount * BlockTokens) + 1, dtype: ScalarType.Int64, device: _device).unsqueeze(0);
            AttentionMasks masks = AttentionMasks.For(_batch, places, BlockTokens, _shape.Window, ScalarType.Float32, _attention.NeedsSinglesMask);
            masks = masks with { Chunks = [.. masks.Chunks.Select(WithTrapBehind)] };
            int tokens = parts.Sum(p => p.Count), kvWidth = _shape.KvHeads * _shape.HeadDim, queryWidth = _shape.QueryHeads * _shape.HeadDim;

            // As the decoder hands it over: slices of the stacked query/key/value rows.
            Tensor stacked = Random(tokens, queryWidth + (2L * kvWidth));
            Tensor query = stacked.narrow(1, 0, queryWidth).view(tokens, _shape.QueryHeads, _shape.HeadDim);
            Tensor output = _attention.Forward(query, stacked.narrow(1, queryWidth, 2L * kvWidth), 0, _batch, masks);

            float[] given = Numbers(stacked), cached = Numbers(_cache.Rows(0)), actual = Numbers(output);
            int token = 0;
            foreach (Part part in parts)
            {
                for (int position = part.Start; position < part.Start + part.Count; position++, token++)
                {
                    Assert.Equal(given.AsSpan((token * (queryWidth + (2 * kvWidth))) + queryWidth, kvWidth), cached.AsSpan(Row(part, position, half: 0), kvWidth));
                    for (int head = 0; head < _shape.QueryHeads; head++)
                    {
                        float[] one = given.AsSpan((token * (queryWidth + (2 * kvWidth))) + (head * _shape.HeadDim), _shape.HeadDim).ToArray();
                        double[] expected = Attend(one, cached, part, position, head / (_shape.QueryHeads / _shape.KvHeads));
                        for (int d = 0; d < _shape.HeadDim; d++)
                        {
                            double got = actual[(token * queryWidth) + (head * _shape.HeadDim) + d];
                            Assert.True(Math.Abs(expected[d] - got) <= Tolerance, $"position {position}, head {head}, number {d}: expected {expected[d]}, got {got}");
                        }
                    }
                }
            }
        }

        public void Dispose()
        {
            _attention.Dispose();
            _batch.Dispose();
            _cache.Dispose();
            _scope.Dispose();
        }

        /// <summary>Softmax over the positions that are seen, one number at a time.</summary>
        private double[] Attend(float[] query, float[] cached, Part part, int position, int kvHead)
        {
            int first = _shape.Window is { } window ? Math.Max(0, position + 1 - window) : 0, column = kvHead * _shape.HeadDim;
            double[] weights = [.. Enumerable.Range(first, position + 1 - first).Select(p => Math.Exp(query.Select((q, d) => (double)q * cached[Row(part, p, half: 0) + column + d]).Sum() / Math.Sqrt(_shape.HeadDim)))];
            double all = weights.Sum();
            return [.. Enumerable.Range(0, _shape.HeadDim).Select(d => weights.Select((w, i) => w * cached[Row(part, first + i, half: 1) + column + d]).Sum() / all)];
        }

        /// <summary>Where a position's key (half 0) or value (half 1) begins in the cache.</summary>
        private int Row(Part part, int position, int half) =>
            (((((part.Blocks[position / BlockTokens] * 2) + half) * BlockTokens) + (position % BlockTokens)) * _shape.KvHeads) * _shape.HeadDim;

        private static BatchEntry Entry(Part part, int id)
        {
            var request = new Request { PromptTokens = new int[part.Start + part.Count], Sampling = new() { Seed = 0 } };
            var sequence = new Sequence(request, new TokenStream(id, request.PromptTokens.Count, null), 1, request.PromptTokens.Count);
            sequence.Blocks.AddRange(part.Blocks);
            return new BatchEntry(sequence, null, part.Start, part.Count, 0);
        }

        private Tensor WithTrapBehind(Tensor mask)
        {
            long count = mask.size(2), width = mask.size(3);
            Tensor larger = full([count + _shape.QueryHeads, width], float.NegativeInfinity, dtype: ScalarType.Float32, device: _device);
            larger.narrow(1, 0, 1).fill_(0);
            larger.narrow(0, 0, count).copy_(mask.view(count, width));
            return larger.narrow(0, 0, count).view(1, 1, count, width);
        }

        private Tensor Random(long rows, long columns) =>
            tensor([.. Enumerable.Range(0, (int)(rows * columns)).Select(_ => _random.NextSingle() - 0.5f)], rows, columns, device: _device);

        private static float[] Numbers(Tensor tensor) => HostMemory.Elements<float>(tensor.cpu().contiguous()).ToArray();
    }
}
