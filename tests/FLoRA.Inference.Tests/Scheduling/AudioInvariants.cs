using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>What must hold of recordings in every step, checked from outside around each call of Schedule.</summary>
internal sealed class AudioInvariants(Scheduler scheduler, SchedulerOptions options, IReadOnlyList<Sequence> all)
{
    private readonly SchedulerInvariants _rules = new(scheduler, options, all);
    private readonly HashSet<AudioEncoding> _encodings = [];
    private readonly EncoderBudget _encoder = options.Encoder!;

    public void Before() => _rules.Before();

    public void After(ScheduledBatch batch)
    {
        _rules.CheckRules(batch);
        _encodings.UnionWith(all.Select(s => s.Audio).OfType<AudioEncoding>());
        CheckBlocks();
        CheckSharing();
        CheckBeams(batch);
        CheckTokens(batch);
        CheckEncoding(batch);
    }

    /// <summary>Of text and of recordings: no block is lost, none is held twice.</summary>
    public void CheckBlocks()
    {
        int audioBlocks = options.BlocksFor(_encoder.Positions);
        foreach (Sequence sequence in all)
        {
            bool runs = sequence.State == SequenceState.Running;
            bool parted = sequence.Beams is { IsForked: true };
            Assert.True(runs || !parted, "a search holds blocks though it does not run");
            Assert.Equal(runs && !parted ? options.BlocksFor(sequence.Tokens.Count) : 0, sequence.Blocks.Count);
            Assert.All(Tables(sequence), table => Assert.Equal(options.BlocksFor(sequence.Tokens.Count), table.Count));
            if (runs)
                Assert.Equal(audioBlocks, sequence.Audio!.Blocks.Count);
        }

        foreach (AudioEncoding encoding in _encodings)
        {
            Assert.Equal(all.Count(s => s.Audio == encoding && s.State == SequenceState.Running), encoding.Runners);
            Assert.Equal(all.Count(s => s.Audio == encoding && s.State != SequenceState.Ended), encoding.Users);
            if (encoding.Runners == 0)
                Assert.True(encoding.IsReady ? !encoding.IsDropped : encoding is { CompletedUnits: 0, Blocks.Count: 0 }, "nobody runs with it, but it was not put back");
        }

        // Beams share blocks among themselves and with nobody else.
        int[] held = [.. all.SelectMany(HeldBy), .. _encodings.SelectMany(e => e.Blocks)];
        Assert.Equal(held.Length, held.Distinct().Count());
        Assert.All(held, block => Assert.InRange(block, 0, options.BlockCount - 1));
        int needed = all.Sum(s => HeldBy(s).Count()) + _encodings.Where(e => e.Runners > 0).Sum(e => e.Blocks.Count);
        Assert.Equal(options.BlockCount - needed, scheduler.FreeBlocks);
    }

    /// <summary>Its blocks, each once, with those of its beams and without those of its audio.</summary>
    public static IEnumerable<int> HeldBy(Sequence sequence) => sequence.Blocks.Concat(Tables(sequence).SelectMany(table => table)).Distinct();

    private static IReadOnlyList<List<int>> Tables(Sequence sequence) => sequence.Beams?.Tables ?? [];

    /// <summary>Equal audio under one adapter version is one encoding, unless that one was dropped.</summary>
    private void CheckSharing()
    {
        foreach (var equal in all.Where(s => s.Audio is { IsDropped: false } && s.State != SequenceState.Ended).GroupBy(s => (s.Request.Audio!.LogMel[0], s.AdapterPin)))
            Assert.Single(equal.Select(s => s.Audio).Distinct());
    }

    /// <summary>Each beam writes to a block of its own, copied where others hold it; a preempted search has only its prompt.</summary>
    private void CheckBeams(ScheduledBatch batch)
    {
        foreach (Sequence sequence in scheduler.Running.Where(s => s.Beams is { IsForked: true }))
        {
            int[] written = [.. Tables(sequence).Select(table => table[^1])];
            Assert.Equal(written.Length, written.Distinct().Count());
            Assert.All(Tables(sequence), table => Assert.Equal(table.Count, table.Distinct().Count()));
            Assert.All(written, block => Assert.Equal(1, Tables(sequence).Count(table => table.Contains(block))));
            Assert.Equal(sequence.Beams!.Search.Count, written.Length);
            Assert.Equal(written.Length, sequence.Beams.NewestTokens.Count);
        }

        Assert.Equal(batch.BlockCopies.Count, batch.BlockCopies.Select(copy => copy.To).Distinct().Count());
        foreach ((int from, int to) in batch.BlockCopies)
        {
            Sequence owner = Assert.Single(scheduler.Running, s => HeldBy(s).Contains(to));
            Assert.Contains(from, HeldBy(owner));
        }

        foreach (Sequence sequence in batch.Preempted.Where(s => s.Beams is not null))
            Assert.Equal((sequence.PromptTokens, 0, 1), (sequence.Tokens.Count, sequence.ComputedTokens, sequence.Beams!.Search.Count));
    }

    private void CheckTokens(ScheduledBatch batch)
    {
        Assert.All(batch.Entries, e => Assert.True(e.Sequence.Audio!.IsReady, "a token is computed before its recording is encoded"));
        Assert.Equal(
            Sequences.Ids(scheduler.Running.Where(s => s.IsDecoding && s.Audio!.IsReady)),
            Sequences.Ids(batch.Entries.Where(e => e.IsDecode)));
        Assert.Equal(scheduler.HasWork, batch.Entries.Count + batch.Encodings.Count > 0);
    }

    private void CheckEncoding(ScheduledBatch batch)
    {
        Assert.Equal(batch.Encodings.Count, batch.Encodings.Distinct().Count());
        Assert.True(batch.Encodings.Count <= 1 || batch.Encodings.Count * _encoder.Positions <= _encoder.PositionsPerStep);
        Assert.True(batch.Encodings.Select(e => e.CompletedUnits).Distinct().Count() <= 1);
        Assert.All(batch.Encodings, e => Assert.True(e is { IsReady: false, Runners: > 0, Audio: not null }));
        // The oldest that waits for its recording is never left out.
        if (scheduler.Running.FirstOrDefault(s => s.IsEncoding) is { } oldest)
            Assert.Equal(oldest.Audio, batch.Encodings[0]);
        else
            Assert.Empty(batch.Encodings);
    }
}
