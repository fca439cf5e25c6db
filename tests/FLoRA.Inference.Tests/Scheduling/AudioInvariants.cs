using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>What must hold of recordings in every step, checked from outside around each call of Schedule.</summary>
internal sealed class AudioInvariants(Scheduler scheduler, SchedulerOptions options, IReadOnlyList<Sequence> all)
{
    private readonly Dictionary<long, int> _admittedPast = [];
    private readonly HashSet<AudioEncoding> _encodings = [];
    private readonly EncoderBudget _encoder = options.Encoder!;
    private List<Sequence> _queue = [];

    public void Before() => _queue = [.. scheduler.Waiting];

    public void After(ScheduledBatch batch)
    {
        _encodings.UnionWith(all.Select(s => s.Audio).OfType<AudioEncoding>());
        CheckBlocks();
        CheckSharing();
        CheckTokens(batch);
        CheckEncoding(batch);
        CheckAdmission(batch);
    }

    /// <summary>Of text and of recordings: no block is lost, none is held twice.</summary>
    public void CheckBlocks()
    {
        int audioBlocks = options.BlocksFor(_encoder.Positions);
        foreach (Sequence sequence in all)
        {
            bool runs = sequence.State == SequenceState.Running;
            Assert.Equal(runs ? options.BlocksFor(sequence.Tokens.Count) : 0, sequence.Blocks.Count);
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

        int[] held = [.. all.SelectMany(s => s.Blocks), .. _encodings.SelectMany(e => e.Blocks)];
        Assert.Equal(held.Length, held.Distinct().Count());
        Assert.All(held, block => Assert.InRange(block, 0, options.BlockCount - 1));
        int needed = all.Sum(s => s.Blocks.Count) + _encodings.Where(e => e.Runners > 0).Sum(e => e.Blocks.Count);
        Assert.Equal(options.BlockCount - needed, scheduler.FreeBlocks);
    }

    /// <summary>Equal audio under one adapter version is one encoding, unless that one was dropped.</summary>
    private void CheckSharing()
    {
        foreach (var equal in all.Where(s => s.Audio is { IsDropped: false } && s.State != SequenceState.Ended).GroupBy(s => (s.Request.Audio!.LogMel[0], s.AdapterPin)))
            Assert.Single(equal.Select(s => s.Audio).Distinct());
    }

    private void CheckTokens(ScheduledBatch batch)
    {
        Assert.InRange(batch.Rows, 0, options.MaxRows);
        Assert.Equal(batch.Entries.Sum(e => e.Count * e.Sequence.Width), batch.Rows);
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

    private void CheckAdmission(ScheduledBatch batch)
    {
        Assert.InRange(scheduler.RunningCount, 0, options.MaxSequences);
        foreach (Sequence admitted in batch.Admitted)
        {
            foreach (Sequence passed in _queue.TakeWhile(s => s != admitted).Where(s => s.State == SequenceState.Waiting))
            {
                _admittedPast[passed.Id] = _admittedPast.GetValueOrDefault(passed.Id) + 1;
                Assert.InRange(_admittedPast[passed.Id], 0, Scheduler.MaxAdmittedPast);
            }
        }
    }
}
