using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>
/// The integer inputs of a step on one flat token axis without padding. Host and device buffers are made once at capacity;
/// <see cref="Fill"/> writes all of a step's integers side by side and copies them to the device in one go.
/// </summary>
internal sealed class Batch : IDisposable
{
    private readonly KvCache _cache;
    private readonly Device _device;
    private readonly Tensor _host;
    private readonly Tensor _onDevice;
    private readonly int _encoderPositions, _encoderBlocks;
    private int _filled;

    /// <param name="cache">Whose block layout the slots follow.</param>
    /// <param name="maxRows">Row budget: the largest number of tokens.</param>
    /// <param name="maxSequences">Largest number of sequences.</param>
    /// <param name="maxBlocks">Most blocks of one sequence.</param>
    /// <param name="device">Where the forward pass runs.</param>
    /// <param name="encoderPositions">Positions of an encoder's result in the cache; 0 for models of text alone.</param>
    public Batch(KvCache cache, int maxRows, int maxSequences, int maxBlocks, Device device, int encoderPositions = 0)
    {
        _cache = cache;
        _device = device;
        _encoderPositions = encoderPositions;
        _encoderBlocks = (encoderPositions + cache.BlockTokens - 1) / cache.BlockTokens;
        // ids, positions, key and value slots, logit rows; then per sequence its place, length and two block indices per block; the same of its encoder's result
        long capacity = (5L * maxRows) + ((3L + (2L * maxBlocks) + (2L * _encoderBlocks)) * maxSequences);
        using var scope = NewDisposeScope();
        _host = zeros(capacity, dtype: ScalarType.Int64).DetachFromDisposeScope();
        _onDevice = device.type == TorchSharp.DeviceType.CPU ? _host : zeros(capacity, dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
        TokenIds = Positions = CacheSlots = _onDevice;
    }

    /// <summary>The step, in token order.</summary>
    public IReadOnlyList<BatchEntry> Entries { get; private set; } = [];

    /// <summary>Tokens of the step.</summary>
    public int TokenCount { get; private set; }

    /// <summary>int64 [tokens].</summary>
    public Tensor TokenIds { get; private set; }

    /// <summary>int64 [tokens].</summary>
    public Tensor Positions { get; private set; }

    /// <summary>int64 [2 x tokens]: key row and value row of each token in the cache.</summary>
    public Tensor CacheSlots { get; private set; }

    /// <summary>int64 [logit rows]: places on the token axis; null where no entry needs logits.</summary>
    public Tensor? LogitRows { get; private set; }

    /// <summary>True: the logit rows are exactly the tokens, in order.</summary>
    public bool LogitsOfAllTokens { get; private set; }

    /// <summary>The sequences that compute one token.</summary>
    public SingleTokenGroup? Singles { get; private set; }

    /// <summary>The encoder's results of <see cref="Singles"/>; null for models of text alone.</summary>
    public SingleTokenGroup? EncodedSingles { get; private set; }

    /// <summary>Entries whose cross-attention is taken down in this step.</summary>
    public List<AlignmentCapture> Alignments { get; } = [];

    /// <summary>Positions of every encoder's result.</summary>
    public int EncoderPositions => _encoderPositions;

    /// <summary>The sequences that compute several.</summary>
    public IReadOnlyList<TokenChunk> Chunks => _chunks;

    private readonly List<TokenChunk> _chunks = [];

    /// <summary>Takes a step's entries. The tensors are views in the current dispose scope.</summary>
    public void Fill(IReadOnlyList<BatchEntry> entries)
    {
        Span<long> host = HostMemory.Elements<long>(_host);
        Entries = entries;
        TokenCount = entries.Sum(e => e.Count);
        _filled = 0;
        Span<long> ids = Take(host, TokenCount), positions = Take(host, TokenCount), slots = Take(host, 2 * TokenCount);
        int singles = 0, singleBlocks = 0, logitRows = 0, token = 0;
        foreach (BatchEntry entry in entries)
        {
            logitRows += entry.LogitCount;
            if (entry.Count == 1)
            {
                singles++;
                singleBlocks = Math.Max(singleBlocks, entry.Blocks.Count);
            }

            for (int i = 0; i < entry.Count; i++, token++)
            {
                int position = entry.Start + i;
                ids[token] = entry.TokenAt(position);
                positions[token] = position;
                long key = _cache.KeyRow(entry.Blocks[position / _cache.BlockTokens], position % _cache.BlockTokens);
                slots[2 * token] = key;
                slots[(2 * token) + 1] = key + _cache.BlockTokens;
            }
        }

        int logitStart = _filled;
        FillLogitRows(Take(host, logitRows), entries);
        int singleStart = _filled;
        FillSingles(host, entries, singles, singleBlocks);
        int chunkStart = _filled;
        FillChunks(host, entries);
        int encodedStart = _filled;
        if (_encoderPositions > 0)
            FillEncoded(host, entries, singles);
        if (!ReferenceEquals(_host, _onDevice))
            _onDevice.narrow(0, 0, _filled).copy_(_host.narrow(0, 0, _filled));

        TokenIds = _onDevice.narrow(0, 0, TokenCount);
        Positions = _onDevice.narrow(0, TokenCount, TokenCount);
        CacheSlots = _onDevice.narrow(0, 2 * TokenCount, 2 * TokenCount);
        LogitRows = logitRows == 0 ? null : _onDevice.narrow(0, logitStart, logitRows);
        LogitsOfAllTokens = logitRows == TokenCount;
        Singles = singles == 0 ? null : new SingleTokenGroup(
            singles,
            singleBlocks,
            singles == TokenCount ? null : _onDevice.narrow(0, singleStart, singles),
            _onDevice.narrow(0, singleStart + singles, singles),
            _onDevice.narrow(0, singleStart + (2 * singles), 2 * singles * singleBlocks));
        for (int c = 0; c < _chunks.Count; c++)
        {
            int blocks = _chunks[c].BlockCount;
            _chunks[c] = _chunks[c] with { HalfBlocks = _onDevice.narrow(0, chunkStart, 2 * blocks) };
            chunkStart += 2 * blocks;
        }

        if (_encoderPositions > 0)
            ViewEncoded(singles, encodedStart);
    }

    public void Dispose()
    {
        _host.Dispose();
        if (_device.type != TorchSharp.DeviceType.CPU)
            _onDevice.Dispose();
    }

    /// <summary>Lengths and half blocks of the encoder's results: of the sequences with one token side by side, then of each other.</summary>
    private void FillEncoded(Span<long> host, IReadOnlyList<BatchEntry> entries, int singles)
    {
        Take(host, singles).Fill(_encoderPositions);
        Span<long> halfBlocks = Take(host, 2 * singles * _encoderBlocks);
        int single = 0;
        foreach (BatchEntry entry in entries.Where(e => e.Count == 1))
        {
            HalfBlocks(entry.Sequence.Audio!.Blocks, halfBlocks.Slice(single * _encoderBlocks, _encoderBlocks), halfBlocks.Slice((singles + single) * _encoderBlocks, _encoderBlocks));
            single++;
        }

        foreach (BatchEntry entry in entries.Where(e => e.Count > 1))
        {
            Span<long> own = Take(host, 2 * _encoderBlocks);
            HalfBlocks(entry.Sequence.Audio!.Blocks, own[.._encoderBlocks], own[_encoderBlocks..]);
        }
    }

    private void ViewEncoded(int singles, int start)
    {
        EncodedSingles = singles == 0 ? null : new SingleTokenGroup(
            singles, _encoderBlocks, Singles!.Places, _onDevice.narrow(0, start, singles), _onDevice.narrow(0, start + singles, 2 * singles * _encoderBlocks));
        start += singles * (1 + (2 * _encoderBlocks));
        for (int c = 0; c < _chunks.Count; c++, start += 2 * _encoderBlocks)
            _chunks[c] = _chunks[c] with { EncoderHalfBlocks = _onDevice.narrow(0, start, 2 * _encoderBlocks) };
    }

    private Span<long> Take(Span<long> host, int count)
    {
        Span<long> taken = host.Slice(_filled, count);
        _filled += count;
        return taken;
    }

    private static void FillLogitRows(Span<long> rows, IReadOnlyList<BatchEntry> entries)
    {
        int token = 0, row = 0;
        foreach (BatchEntry entry in entries)
        {
            token += entry.Count;
            for (int i = entry.LogitCount; i > 0; i--)
                rows[row++] = token - i;
        }
    }

    private void FillSingles(Span<long> host, IReadOnlyList<BatchEntry> entries, int count, int maxBlocks)
    {
        Span<long> places = Take(host, count), lengths = Take(host, count), halfBlocks = Take(host, 2 * count * maxBlocks);
        int token = 0, single = 0;
        foreach (BatchEntry entry in entries)
        {
            if (entry.Count == 1)
            {
                places[single] = token;
                lengths[single] = entry.Start + 1;
                HalfBlocks(entry.Blocks, halfBlocks.Slice(single * maxBlocks, maxBlocks), halfBlocks.Slice((count + single) * maxBlocks, maxBlocks));
                single++;
            }

            token += entry.Count;
        }
    }

    private void FillChunks(Span<long> host, IReadOnlyList<BatchEntry> entries)
    {
        _chunks.Clear();
        int token = 0;
        foreach (BatchEntry entry in entries)
        {
            if (entry.Count > 1)
            {
                int blocks = (entry.Start + entry.Count + _cache.BlockTokens - 1) / _cache.BlockTokens;
                Span<long> halfBlocks = Take(host, 2 * blocks);
                HalfBlocks(entry.Blocks, halfBlocks[..blocks], halfBlocks[blocks..]);
                _chunks.Add(new TokenChunk(token, entry.Count, entry.Start, blocks, _onDevice));
            }

            token += entry.Count;
        }
    }

    /// <summary>
    /// Key and value half of each block; places past the sequence's last block repeat it and are masked. Not any block: a mask hides finite numbers only (NaN - inf and 0 x NaN are NaN), and what another sequence has in its
    /// blocks may be neither finite nor known to be so yet.
    /// </summary>
    private static void HalfBlocks(List<int> blocks, Span<long> keys, Span<long> values)
    {
        for (int b = 0; b < keys.Length; b++)
        {
            long block = blocks[Math.Min(b, blocks.Count - 1)];
            keys[b] = 2 * block;
            values[b] = (2 * block) + 1;
        }
    }
}
