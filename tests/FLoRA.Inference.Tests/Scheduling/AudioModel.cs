using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>
/// A speech "model" of integers over one paged cache. The encoder goes unit by unit and keeps its state as the real one does, so a unit that
/// is skipped, done twice or continued after a reset is seen; what is said next depends on every earlier token and on the whole recording, as
/// found through the block tables. Blocks whose numbers nobody has looked at must be zeroed before their next owner computes.
/// </summary>
internal sealed class AudioModel(SchedulerOptions options)
{
    private readonly int[] _cache = new int[options.PoolTokens]; // [block, slot]
    private readonly object?[] _unproven = new object?[options.BlockCount]; // who wrote it, while nobody has seen finite numbers of it
    private readonly Dictionary<AudioEncoding, int> _states = []; // units that are in the state

    /// <summary>Units of encoder work, over all.</summary>
    public int UnitsRun { get; private set; }

    /// <summary>Before a step: the engine zeroes these.</summary>
    public void Scrub(IEnumerable<int> blocks)
    {
        foreach (int block in blocks)
        {
            _unproven[block] = null;
            _cache.AsSpan(block * options.BlockTokens, options.BlockTokens).Clear();
        }
    }

    /// <summary>Takes recordings one unit further.</summary>
    public void Encode(IReadOnlyList<AudioEncoding> encodings)
    {
        Sweep();
        foreach (AudioEncoding encoding in encodings)
        {
            int unit = encoding.CompletedUnits;
            Assert.Equal(unit, _states.GetValueOrDefault(encoding));
            _states[encoding] = unit + 1;
            UnitsRun++;
            if (unit + 1 < options.Encoder!.Units)
                continue;
            for (int position = 0; position < options.Encoder.Positions; position++)
                Write(encoding.Blocks, position, Encoded(encoding.Audio!, encoding.AdapterPin, position), encoding);
            _states.Remove(encoding);
        }
    }

    /// <summary>Between two steps without encoder work.</summary>
    public void Sweep()
    {
        foreach (AudioEncoding encoding in _states.Keys.Where(e => e.CompletedUnits == 0 || e.IsReady).ToArray())
            _states.Remove(encoding);
    }

    /// <summary>Computes one part of a batch; gives the token after its last position.</summary>
    public int Forward(ScheduledTokens part)
    {
        Sequence sequence = part.Sequence;
        AudioEncoding encoding = sequence.Audio!;
        for (int position = part.Start; position < part.Start + part.Count; position++)
            Write(sequence.Blocks, position, sequence.Tokens[position], sequence);
        int next = Next(
            Enumerable.Range(0, options.Encoder!.Positions).Select(p => _cache[Slot(encoding.Blocks, p)]),
            Enumerable.Range(0, part.Start + part.Count).Select(p => _cache[Slot(sequence.Blocks, p)]));
        if (part.NeedsLogits || sequence.ScoreOnly)
        {
            foreach (int block in sequence.Blocks.Concat(encoding.IsDropped ? [] : encoding.Blocks))
                _unproven[block] = null;
        }

        return next;
    }

    /// <summary>The slow, obvious reference: the output of a request that is alone in the world.</summary>
    public static IReadOnlyList<int> Alone(Sequence sequence, int positions, int newTokens)
    {
        List<int> tokens = [.. sequence.Request.PromptTokens];
        int[] encoded = [.. Enumerable.Range(0, positions).Select(p => Encoded(sequence.Request.Audio!, sequence.AdapterPin, p))];
        for (int i = 0; i < newTokens; i++)
            tokens.Add(Next(encoded, tokens));
        return tokens.GetRange(sequence.PromptTokens, newTokens);
    }

    /// <summary>The numbers of these blocks are bad.</summary>
    public void Spoil(IEnumerable<int> blocks, object by)
    {
        foreach (int block in blocks)
            _unproven[block] = by;
    }

    private static int Encoded(AudioInput audio, object? adapter, int position) => (int)(((uint)audio.LogMel[0] * 7919u) + ((uint)(int)adapter! * 104729u) + (uint)position);

    private static int Next(IEnumerable<int> encoded, IEnumerable<int> tokens) =>
        (int)(encoded.Concat(tokens).Aggregate(2166136261u, (hash, token) => (hash ^ (uint)token) * 16777619u) % 50_000);

    private void Write(List<int> blocks, int position, int value, object owner)
    {
        int block = blocks[position / options.BlockTokens];
        Assert.True(_unproven[block] is null || ReferenceEquals(_unproven[block], owner), $"block {block} was left by somebody else and not zeroed");
        _unproven[block] = owner;
        _cache[Slot(blocks, position)] = value;
    }

    private int Slot(List<int> blocks, int position) => (blocks[position / options.BlockTokens] * options.BlockTokens) + (position % options.BlockTokens);
}
