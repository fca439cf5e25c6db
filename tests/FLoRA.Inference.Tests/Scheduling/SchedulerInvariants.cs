using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>The rules of DESIGN 2, checked from outside around each call of Schedule.</summary>
internal sealed class SchedulerInvariants(Scheduler scheduler, SchedulerOptions options, IReadOnlyList<Sequence> all)
{
    private readonly Dictionary<long, int> _admittedPast = [];
    private List<Sequence> _queue = [];
    private List<Sequence> _running = [];
    private List<Sequence> _decoding = [];

    public void Before()
    {
        _queue = [.. scheduler.Waiting];
        _running = [.. scheduler.Running];
        _decoding = [.. scheduler.Running.Where(s => s.IsDecoding)];
    }

    public void After(ScheduledBatch batch)
    {
        CheckRules(batch);
        CheckEverybodyDecodes(batch);
        CheckBlocks();
        CheckSharing();
    }

    /// <summary>Holders are exact, and who shares a block has computed the same in it.</summary>
    public void CheckSharing()
    {
        int[] holders = new int[options.BlockCount];
        var owners = new Dictionary<int, (Sequence Sequence, int Index)>();
        foreach (Sequence sequence in all)
        {
            for (int i = 0; i < sequence.Blocks.Count; i++)
            {
                holders[sequence.Blocks[i]]++;
                if (!owners.TryAdd(sequence.Blocks[i], (sequence, i)))
                    CheckAlike(owners[sequence.Blocks[i]], (sequence, i));
            }
        }

        for (int block = 0; block < options.BlockCount; block++)
        {
            (int counted, bool isCached) = scheduler.StateOf(block);
            Assert.Equal(holders[block] + (isCached ? 1 : 0), counted);
        }
    }

    private void CheckAlike((Sequence Sequence, int Index) one, (Sequence Sequence, int Index) other)
    {
        int end = (one.Index + 1) * options.BlockTokens;
        Assert.Equal((one.Index, one.Sequence.AdapterPin), (other.Index, other.Sequence.AdapterPin));
        Assert.Equal(one.Sequence.Tokens.Take(end), other.Sequence.Tokens.Take(end));
        Assert.True(Math.Min(one.Sequence.ComputedTokens, other.Sequence.ComputedTokens) >= end, "a shared block is not computed yet");
        for (int position = end - options.BlockTokens; position < end; position++)
            Assert.Equal(IsFormed(one.Sequence, position), IsFormed(other.Sequence, position));
    }

    private static bool IsFormed(Sequence sequence, int position) => sequence.FormsPrompt && position < sequence.PromptTokens;

    /// <summary>What holds of text and of recordings: rows, who is preempted, who is admitted.</summary>
    public void CheckRules(ScheduledBatch batch)
    {
        CheckRows(batch);
        CheckPreemption(batch);
        CheckAdmission(batch);
    }

    private void CheckRows(ScheduledBatch batch)
    {
        Assert.Equal(batch.Entries.Sum(e => Enumerable.Range(e.Start, e.Count).Sum(position => RowsAt(e.Sequence, position))), batch.Rows);
        Assert.Equal(batch.Entries.Where(e => e.IsDecode).Sum(e => e.Count), batch.DecodeTokens);
        Assert.Equal(batch.Entries.Where(e => !e.IsDecode).Sum(e => e.Count), batch.PrefillTokens);
        Assert.InRange(batch.Rows, 0, options.MaxRows);
        Assert.Equal(batch.Entries.Count, batch.Entries.Select(e => e.Sequence.Id).Distinct().Count());
        foreach (ScheduledTokens entry in batch.Entries)
        {
            Assert.Equal(SequenceState.Running, entry.Sequence.State);
            Assert.Equal(entry.Sequence.ComputedTokens, entry.Start);
            Assert.InRange(entry.Count, 1, entry.Sequence.Tokens.Count - entry.Start);
            Assert.Equal(entry.Start + entry.Count == entry.Sequence.Tokens.Count, entry.NeedsLogits);
        }
    }

    private void CheckEverybodyDecodes(ScheduledBatch batch)
    {
        long[] decoded = Sequences.Ids(batch.Entries.Where(e => e.IsDecode));
        Assert.Equal(Sequences.Ids(scheduler.Running.Where(s => s.IsDecoding)), decoded);
        Assert.Subset(decoded.ToHashSet(), Sequences.Ids(_decoding.Where(s => s.State == SequenceState.Running)).ToHashSet());
        Assert.Equal(scheduler.HasWork, batch.Entries.Count > 0);
        if (scheduler.RunningCount > 0)
            Assert.Contains(scheduler.Running[0].Id, Sequences.Ids(batch.Entries));
        ScheduledTokens[] prefills = [.. batch.Entries.Where(e => !e.IsDecode)];
        Assert.Equal(Sequences.Ids(prefills).Order(), Sequences.Ids(prefills));
        // An older prefill left unfinished leaves no rows that it could have used.
        foreach (Sequence sequence in scheduler.Running.Where(s => !s.IsDecoding))
        {
            int scheduled = prefills.Where(e => e.Sequence == sequence).Sum(e => e.Count);
            if (scheduled == 0 && prefills.Any(e => IsAwaited(e, sequence)))
                continue;
            if (scheduled < sequence.PendingTokens)
                Assert.True(options.MaxRows - batch.Rows < RowsAt(sequence, sequence.ComputedTokens + scheduled));
        }
    }

    /// <summary>An older prompt comes to its end in this step, and enough of what the sequence still has to compute is in it.</summary>
    private bool IsAwaited(ScheduledTokens older, Sequence sequence)
    {
        if (!older.NeedsLogits || older.Sequence.Id > sequence.Id || sequence.Prefix is null || older.Sequence.Prefix is null || !Equals(older.Sequence.AdapterPin, sequence.AdapterPin))
            return false;
        int alike = 0;
        while (alike < Math.Min(older.Sequence.Tokens.Count, sequence.Tokens.Count - 1)
            && older.Sequence.Tokens[alike] == sequence.Tokens[alike] && IsFormed(older.Sequence, alike) == IsFormed(sequence, alike))
            alike++;
        return (alike / options.BlockTokens * options.BlockTokens) - sequence.ComputedTokens >= options.MinAwaitedTokens;
    }

    private static int RowsAt(Sequence sequence, int position) => IsFormed(sequence, position) ? 1 : sequence.Width;

    private void CheckBlocks()
    {
        foreach (Sequence sequence in all)
            Assert.Equal(sequence.State == SequenceState.Running ? (sequence.Tokens.Count + options.BlockTokens - 1) / options.BlockTokens : 0, sequence.Blocks.Count);
        int[] held = [.. all.SelectMany(s => s.Blocks).Distinct()];
        Assert.All(held, block => Assert.InRange(block, 0, options.BlockCount - 1));
        Assert.Equal(options.BlockCount - held.Length, scheduler.FreeBlocks);
    }

    private void CheckPreemption(ScheduledBatch batch)
    {
        if (batch.Preempted.Count == 0)
            return;
        Assert.Empty(batch.Admitted);
        Assert.Equal(Sequences.Ids(Enumerable.Reverse(_running).Take(batch.Preempted.Count)), Sequences.Ids(batch.Preempted));
        Assert.NotEmpty(scheduler.Running);
        Assert.All(batch.Preempted, s => Assert.Equal((SequenceState.Waiting, 0), (s.State, s.ComputedTokens)));
        // They stand at the head, oldest first, together with those preempted earlier.
        Sequence[] head = [.. scheduler.Waiting.Take(scheduler.WaitingCount - _queue.Count)];
        Assert.All(batch.Preempted, s => Assert.Contains(s, scheduler.Waiting));
        Assert.Equal(Sequences.Ids(head).Order(), Sequences.Ids(head));
    }

    private void CheckAdmission(ScheduledBatch batch)
    {
        Assert.InRange(scheduler.RunningCount, 0, options.MaxSequences);
        Assert.True(scheduler.RunningCount <= 1 || 4 * scheduler.Running.Sum(s => s.Width) <= 3 * options.MaxRows);
        foreach (Sequence admitted in batch.Admitted)
        {
            // Passed: in front of it before, and still waiting.
            foreach (Sequence passed in _queue.TakeWhile(s => s != admitted).Where(s => s.State == SequenceState.Waiting))
            {
                _admittedPast[passed.Id] = _admittedPast.GetValueOrDefault(passed.Id) + 1;
                Assert.InRange(_admittedPast[passed.Id], 0, Scheduler.MaxAdmittedPast);
            }
        }
        if (scheduler.RunningCount > 1 && batch.Admitted.Count > 0)
            Assert.True(scheduler.FreeBlocks >= scheduler.RunningCount - 1, "an admission left less than a block for each of the others");
    }
}
