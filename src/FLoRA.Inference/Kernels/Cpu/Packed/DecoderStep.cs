using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>One step of a decoder, done by a team: every thread runs through all layers and takes its share of each phase.</summary>
/// <param name="decoder">Weights and sizes.</param>
/// <param name="library">Gives data pointers.</param>
internal sealed unsafe class DecoderStep(PackedDecoder decoder, TorchCpuLibrary library) : ITeamWork, IDisposable
{
    /// <summary>Tokens that a thread takes at once where little is done with each.</summary>
    private const int TokenGrain = 4;

    private readonly DecoderBlueprint _blueprint = decoder.Blueprint;
    private readonly TokenAttention _attention = new(decoder.Cache.BlockTokens, decoder.Blueprint.KvHeads, decoder.Blueprint.HeadDim, (float)decoder.Blueprint.AttentionScale);
    private readonly EncodedAttention? _encodedAttention = decoder.Cache.Encoded is { } encoded ? new(encoded, (float)decoder.Blueprint.AttentionScale, Int8Paths.Best) : null;
    private readonly NativeBuffer?[] _scratch = new NativeBuffer?[decoder.MostThreads];
    private readonly NativeBuffer?[] _weights = new NativeBuffer?[decoder.MostThreads];
    private readonly nint[] _caches = [.. Enumerable.Range(0, decoder.Layers.Count).Select(l => (nint)library.Pointer<float>(decoder.Cache.Rows(l)))]; // a late thread asks no tensor, which may be gone
    private readonly List<(int First, int Tokens)> _tiles = [];
    private NativeBuffer? _buffers;
    private Buffers _at;
    private Batch _batch = null!;
    private float* _logits;

    /// <summary>The tokens.</summary>
    public StepTokens Tokens { get; } = new();

    /// <summary>Rows that need logits, as places among the tokens.</summary>
    public int[] LogitRows { get; private set; } = [];

    /// <summary>Where in the shared memory what lies.</summary>
    private struct Buffers
    {
        public float* Hidden, Qkv, Attended, Inner, Chosen, Room;
        public long HiddenStride, QkvStride, AttendedStride, InnerStride;
    }

    /// <summary>Makes everything ready; engine thread.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="adapters">Its adapters.</param>
    /// <param name="logits">[logit rows, vocabulary], or null.</param>
    public void Take(Batch batch, Adapters.BatchAdapters adapters, Tensor? logits)
    {
        _batch = batch;
        _logits = logits is null ? null : library.Pointer<float>(logits);
        long room = 0, scratch = 0;
        int longest = 0;
        foreach (StepLinear linear in decoder.Linears)
        {
            room = Math.Max(room, linear.Take(adapters, Tokens, Tokens.Count));
            scratch = Math.Max(scratch, linear.ScratchCount);
        }

        Tokens.Cut(Math.Max(1, TokenAttention.MostQueries / Math.Max(1, _blueprint.QueryHeads / _blueprint.KvHeads)), _tiles);
        LogitRows = logits is null ? [] : [.. LogitPlaces(batch.Entries)];
        room = Math.Max(room, decoder.Head.Take(adapters, Tokens, LogitRows.Length));
        scratch = Math.Max(scratch, decoder.Head.ScratchCount);
        for (int t = 0; t < Tokens.Count; t++)
            longest = Math.Max(longest, Math.Max(Tokens.Views[t].End, Tokens.Encoded[t].End));
        for (int worker = 0; worker < _scratch.Length; worker++)
        {
            NativeBuffer.Grow(ref _scratch[worker], scratch);
            NativeBuffer.Grow(ref _weights[worker], TokenAttention.WeightCount(longest));
        }

        Arrange(room);
    }

    /// <inheritdoc/>
    public void Run(int worker, KernelTeam team)
    {
        Embed(worker, team);
        for (int l = 0; l < decoder.Layers.Count; l++)
            RunLayer(decoder.Layers[l], l, worker, team);
        if (_logits == null)
            return;
        while (team.Next(worker, LogitRows.Length, TokenGrain, out int begin, out int end))
        {
            for (int r = begin; r < end; r++)
                Copy(_at.Hidden + (LogitRows[r] * _at.HiddenStride), _at.Chosen + (r * _at.HiddenStride), _blueprint.HiddenSize);
        }

        Multiply(decoder.Head, _at.Chosen, _at.HiddenStride, default, _logits, _blueprint.VocabularySize, worker, team);
    }

    public void Dispose()
    {
        Tokens.Dispose();
        _buffers?.Dispose();
        foreach (NativeBuffer? buffer in _scratch.Concat(_weights))
            buffer?.Dispose();
    }

    private static IEnumerable<int> LogitPlaces(IReadOnlyList<BatchEntry> entries)
    {
        int token = 0;
        foreach (BatchEntry entry in entries)
        {
            token += entry.Count;
            for (int i = entry.LogitCount; i > 0; i--)
                yield return token - i;
        }
    }

    private void Arrange(long room)
    {
        DecoderBlueprint b = _blueprint;
        _at.HiddenStride = StepTokens.Stride(b.HiddenSize);
        _at.QkvStride = StepTokens.Stride(Math.Max(b.HeadDim * (b.QueryHeads + (2 * b.KvHeads)), b.HeadDim * b.QueryHeads));
        _at.AttendedStride = StepTokens.Stride(b.HeadDim * b.QueryHeads);
        _at.InnerStride = StepTokens.Stride(decoder.MlpWidth);
        long tokens = Tokens.Count, perToken = (2 * _at.HiddenStride) + _at.QkvStride + _at.AttendedStride + _at.InnerStride;
        float* next = NativeBuffer.Grow(ref _buffers, (tokens * perToken) + room);
        float* Take(long count)
        {
            float* at = next;
            next += count;
            return at;
        }

        _at.Hidden = Take(tokens * _at.HiddenStride);
        _at.Chosen = Take(tokens * _at.HiddenStride);
        _at.Qkv = Take(tokens * _at.QkvStride);
        _at.Attended = Take(tokens * _at.AttendedStride);
        _at.Inner = Take(tokens * _at.InnerStride);
        _at.Room = next;
    }

    private void Embed(int worker, KernelTeam team)
    {
        int width = _blueprint.HiddenSize;
        while (team.Next(worker, Tokens.Count, TokenGrain, out int begin, out int end))
        {
            for (int t = begin; t < end; t++)
            {
                float* hidden = _at.Hidden + (t * _at.HiddenStride);
                if (decoder.EightBitEmbedding is { } eightBit)
                    eightBit.ReadRow(Tokens.Ids[t], hidden);
                else
                    Copy(decoder.TokenEmbedding + ((long)Tokens.Ids[t] * width), hidden, width);
                if (decoder.PositionEmbedding != null)
                    RowMaths.Add(hidden, decoder.PositionEmbedding + ((long)Tokens.Positions[t] * width), null, width);
            }
        }
    }

    private void RunLayer(PackedDecoderLayer layer, int index, int worker, KernelTeam team)
    {
        Multiply(layer.Qkv, _at.Hidden, _at.HiddenStride, default, _at.Qkv, _at.QkvStride, worker, team);
        StoreKeysAndValues(layer, index, worker, team);
        Attend(Tokens.Views, index, layer.SlidingWindow, layer.QueryOffset, layer.QueryHeadStride, worker, team);
        Multiply(layer.AttentionOutput, _at.Attended, _at.AttendedStride, new PanelEpilogue(Residual: true), _at.Hidden, _at.HiddenStride, worker, team);
        if (layer.CrossQuery is { } crossQuery)
        {
            Multiply(crossQuery, _at.Hidden, _at.HiddenStride, default, _at.Qkv, _at.QkvStride, worker, team);
            if (worker == 0)
                TakeAlignments(index);
            AttendToEncoded(index, worker, team);
            Multiply(layer.CrossOutput!, _at.Attended, _at.AttendedStride, new PanelEpilogue(Residual: true), _at.Hidden, _at.HiddenStride, worker, team);
        }

        Multiply(layer.MlpInput, _at.Hidden, _at.HiddenStride, new PanelEpilogue(_blueprint.Activation, _blueprint.GatedMlp), _at.Inner, _at.InnerStride, worker, team);
        Multiply(layer.MlpOutput, _at.Inner, _at.InnerStride, new PanelEpilogue(Residual: true), _at.Hidden, _at.HiddenStride, worker, team);
    }

    /// <summary>Norm, adapters, product, epilogue.</summary>
    private void Multiply(StepLinear linear, float* input, long inputStride, PanelEpilogue epilogue, float* output, long outputStride, int worker, KernelTeam team)
    {
        var prepared = linear.Prepare(input, inputStride, _at.Room, _scratch[worker]!.Start, worker, team);
        linear.Multiply(prepared, epilogue, output, outputStride, _scratch[worker]!.Start, worker, team);
    }

    /// <summary>Norms of heads, rotation, then keys and values go to the cache.</summary>
    private void StoreKeysAndValues(PackedDecoderLayer layer, int index, int worker, KernelTeam team)
    {
        float* rows = (float*)_caches[index];
        while (team.Next(worker, Tokens.Count, TokenGrain, out int begin, out int end))
        {
            for (int t = begin; t < end; t++)
                Store(layer, t, rows);
        }
    }

    private void Store(PackedDecoderLayer layer, int token, float* rows)
    {
        int headDim = _blueprint.HeadDim, position = Tokens.Positions[token];
        long rowWidth = (long)_blueprint.KvHeads * headDim;
        float* qkv = _at.Qkv + (token * _at.QkvStride);
        for (int h = 0; h < _blueprint.QueryHeads; h++)
            Turn(qkv + layer.QueryOffset + ((long)h * layer.QueryHeadStride), layer.QueryNorm, position);
        TokenView view = Tokens.Views[token];
        long key = decoder.Cache.KeyRow(view.Blocks[position / decoder.Cache.BlockTokens], position % decoder.Cache.BlockTokens);
        for (int h = 0; h < _blueprint.KvHeads; h++)
        {
            float* ofKey = qkv + layer.KeyOffset + ((long)h * layer.KeyHeadStride), ofValue = qkv + layer.ValueOffset + ((long)h * layer.KeyHeadStride);
            Turn(ofKey, layer.KeyNorm, position);
            Copy(ofKey, rows + (key * rowWidth) + ((long)h * headDim), headDim);
            Copy(ofValue, rows + ((key + decoder.Cache.BlockTokens) * rowWidth) + ((long)h * headDim), headDim);
        }
    }

    private void Turn(float* head, PackedNorm? norm, int position)
    {
        norm?.Apply(head, _blueprint.HeadDim, (float)_blueprint.NormEpsilon, head);
        decoder.Rotary?.Rotate(head, position);
    }

    /// <summary>Up to four queries at a time: heads that share keys and values, and where those are few, neighbours of a prompt.</summary>
    private void Attend(TokenView[] views, int index, int? window, long queryOffset, long queryHeadStride, int worker, KernelTeam team)
    {
        int perKvHead = _blueprint.QueryHeads / _blueprint.KvHeads, groups = (perKvHead + TokenAttention.MostQueries - 1) / TokenAttention.MostQueries, perTile = groups * _blueprint.KvHeads;
        float* cache = (float*)_caches[index], weights = _weights[worker]!.Start;
        AttentionQuery* queries = stackalloc AttentionQuery[TokenAttention.MostQueries];
        (nint Blocks, int KvHead) last = default;
        while (team.NextShare(worker, _tiles.Count * perTile, 1, out int begin, out int end))
        {
            for (int item = begin; item < end; item++)
            {
                (int first, int tokens) = _tiles[item / perTile];
                int kvHead = item % perTile / groups, inGroup = item % groups * TokenAttention.MostQueries, heads = Math.Min(TokenAttention.MostQueries, perKvHead - inGroup), count = 0;
                for (int t = first; t < first + tokens; t++)
                {
                    TokenView view = views[t];
                    view.First = window is { } seen ? Math.Max(0, view.End - seen) : 0;
                    for (int h = 0; h < heads; h++)
                    {
                        long head = (kvHead * perKvHead) + inGroup + h;
                        queries[count++] = new AttentionQuery
                        {
                            Query = _at.Qkv + (t * _at.QkvStride) + queryOffset + (head * queryHeadStride),
                            Output = _at.Attended + (t * _at.AttendedStride) + (head * _blueprint.HeadDim),
                            End = view.End,
                        };
                    }

                    // Neighbours whose windows begin elsewhere do not go together.
                    if (t + 1 < first + tokens && (window is not { } next || views[t + 1].End <= next))
                        continue;
                    _attention.Attend(cache, view, kvHead, queries, count, weights, isCold: last != ((nint)view.Blocks, kvHead));
                    last = ((nint)view.Blocks, kvHead);
                    count = 0;
                }
            }
        }
    }

    private void AttendToEncoded(int index, int worker, KernelTeam team)
    {
        if (_encodedAttention is null)
        {
            Attend(Tokens.Encoded, index, null, 0, _blueprint.HeadDim, worker, team);
            return;
        }

        // Heads that follow one another: while one is computed, memory is asked for the next.
        int heads = _blueprint.QueryHeads, headDim = _blueprint.HeadDim, grain = Math.Max(1, heads / decoder.MostThreads);
        while (team.Next(worker, Tokens.Count * heads, grain, out int item, out int end))
        {
            for (; item < end; item++)
            {
                int token = item / heads, head = item % heads;
                float* query = _at.Qkv + (token * _at.QkvStride) + (head * headDim), attended = _at.Attended + (token * _at.AttendedStride) + (head * headDim);
                _encodedAttention.Attend((float*)_caches[index], Tokens.Encoded[token], head, query, _weights[worker]!.Start, attended);
            }
        }
    }

    /// <summary>Where there are any, the step has one thread: see <see cref="PackedDecoder"/>.</summary>
    private void TakeAlignments(int index)
    {
        if (_batch.Alignments.Count == 0)
            return;
        int width = _blueprint.QueryHeads * _blueprint.HeadDim;
        Tensor query = empty(Tokens.Count, _blueprint.QueryHeads, _blueprint.HeadDim, dtype: ScalarType.Float32);
        float* to = library.Pointer<float>(query);
        for (int t = 0; t < Tokens.Count; t++)
            Copy(_at.Qkv + (t * _at.QkvStride), to + ((long)t * width), width);
        foreach (AlignmentCapture capture in _batch.Alignments)
            capture.Take(index, query);
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}
