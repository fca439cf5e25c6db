using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>
/// A speech "model" of integers over one paged cache. The encoder goes unit by unit and keeps its state as the real one does, so a unit that
/// is skipped, done twice or continued after a reset is seen; what is said next depends on every earlier token and on the whole recording, as
/// found through the block tables. Blocks whose numbers nobody has looked at must be zeroed before their next owner computes.
/// </summary>
internal sealed class AudioModel(SchedulerOptions options)
{
    /// <summary>Ends a candidate of a search.</summary>
    public const int EndToken = 60_000;

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

    /// <summary>Before a step is computed, after <see cref="Scrub"/>: beams part.</summary>
    public void Copy(IEnumerable<(int From, int To)> blocks)
    {
        foreach ((int from, int to) in blocks)
        {
            Assert.True(_unproven[from] is null, $"block {from} is copied though nobody has seen finite numbers of it");
            Assert.True(_unproven[to] is null, $"block {to} was left by somebody else and not zeroed");
            _cache.AsSpan(from * options.BlockTokens, options.BlockTokens).CopyTo(_cache.AsSpan(to * options.BlockTokens));
        }
    }

    /// <summary>Computes one part of a batch; gives what comes after its last position, by beam: one number where there are none.</summary>
    public IReadOnlyList<int> Forward(ScheduledTokens part)
    {
        Sequence sequence = part.Sequence;
        List<int>[] tables = sequence.Beams is { IsForked: true } beams ? [.. beams.Tables] : [sequence.Blocks];
        // Every beam writes before the first one reads: two that write to one place would be seen.
        foreach ((int beam, List<int> table) in tables.Index())
        {
            for (int position = part.Start; position < part.Start + part.Count; position++)
                Write(table, position, sequence.Beams is { IsForked: true } forked ? forked.NewestTokens[beam] : sequence.Tokens[position], sequence);
        }

        int[] next = [.. tables.Select(table => Next(
            Enumerable.Range(0, options.Encoder!.Positions).Select(p => _cache[Slot(sequence.Audio!.Blocks, p)]),
            Enumerable.Range(0, part.Start + part.Count).Select(p => _cache[Slot(table, p)])))];
        if (part.NeedsLogits || sequence.ScoreOnly)
        {
            foreach (int block in tables.SelectMany(table => table).Concat(sequence.Audio!.IsDropped ? [] : sequence.Audio.Blocks))
                _unproven[block] = null;
        }

        return next;
    }

    /// <summary>What a beam offers, best first: its next token, others, and sometimes the end.</summary>
    public static IReadOnlyList<(int Id, float Logprob)> Offers(int next, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (next % 7 == i ? EndToken : (next + (i * 7919)) % 50_000, -(i + 1) * ((next % 13) + 1) / 8f))];

    /// <summary>The slow, obvious reference: the output of a request that is alone in the world.</summary>
    public static IReadOnlyList<int> Alone(Sequence sequence, int positions, int newTokens)
    {
        List<int> tokens = [.. sequence.Request.PromptTokens];
        int[] encoded = [.. Enumerable.Range(0, positions).Select(p => Encoded(sequence.Request.Audio!, sequence.AdapterPin, p))];
        if (sequence.Beams is { } beams)
            return SearchAlone(beams.Settings, encoded, tokens, newTokens);
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

    private static IReadOnlyList<int> SearchAlone(BeamSettings settings, int[] encoded, List<int> prompt, int newTokens)
    {
        BeamSearch search = new(settings);
        for (int i = 0; i < newTokens && !search.IsComplete; i++)
        {
            search.Advance([.. Enumerable.Range(0, search.Count)
                .Select(beam => Offers(Next(encoded, prompt.Concat(search.TokensOf(beam))), search.OfferedCount))]);
        }

        return search.Best().Tokens;
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
