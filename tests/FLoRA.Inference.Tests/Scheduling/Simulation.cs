using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Runs a scenario to its end, as the engine would, and asserts every invariant in every step.</summary>
internal sealed class Simulation
{
    private const int StepLimit = 100_000;

    private readonly Scenario _scenario;
    private readonly Scheduler _scheduler;
    private readonly CacheModel _model;
    private readonly SlotBank _bank;
    private readonly SchedulerInvariants _invariants;
    private readonly Sequence[] _sequences;
    private readonly int[] _arrival; // step of arrival per request, ascending
    private readonly List<int>[] _streams;

    public Simulation(Scenario scenario)
    {
        _scenario = scenario;
        _bank = new SlotBank(scenario.AdapterSlots);
        _scheduler = new Scheduler(scenario.Options, _bank.TryAcquire);
        _model = new CacheModel(scenario.Options);
        _arrival = [.. scenario.Requests.Select(r => r.Arrival).Order()];
        _sequences = [.. scenario.Requests.Select((r, id) => Sequences.Of(id, r))];
        _streams = [.. scenario.Requests.Select(_ => new List<int>())];
        _invariants = new SchedulerInvariants(_scheduler, scenario.Options, _sequences);
    }

    /// <summary>What each request streamed.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Streams => _streams;

    /// <summary>One line per step: who got which tokens, who was preempted.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>Preemptions of the whole run.</summary>
    public int Preemptions { get; private set; }

    /// <summary>Tokens that were shared instead of computed.</summary>
    public long SharedTokens => _scheduler.PrefixHitTokens;

    /// <summary>Shared blocks that were given up for others.</summary>
    public long EvictedBlocks => _scheduler.EvictedBlocks;

    public Simulation Run()
    {
        for (int step = 0; step <= _arrival[^1] || _scheduler.HasWork; step++)
        {
            Assert.True(step < StepLimit, $"not finished after {StepLimit} steps");
            foreach (Sequence sequence in _sequences.Where(s => _arrival[s.Id] == step))
                _scheduler.Enqueue(sequence);
            Cancel(step, inFlight: false);
            Step(step);
            _invariants.CheckSharing();
        }
        Assert.Equal(_scenario.Options.BlockCount, _scheduler.FreeBlocks);
        Assert.Equal(0, _bank.Users);
        return this;
    }

    private void Step(int step)
    {
        _invariants.Before();
        ScheduledBatch batch = _scheduler.Schedule();
        foreach (Sequence preempted in batch.Preempted)
            _bank.Release(preempted);
        Preemptions += batch.Preempted.Count;
        _invariants.After(batch);
        Trace.Add($"{step}: {string.Join(' ', batch.Entries.Select(e => $"{e.Sequence.Id}[{e.Start}+{e.Count}]"))} preempted {string.Join(' ', Sequences.Ids(batch.Preempted))} free {_scheduler.FreeBlocks}");

        int[] next = [.. batch.Entries.Select(_model.Forward)];
        Cancel(step, inFlight: true);
        _scheduler.Commit();
        for (int i = 0; i < batch.Entries.Count; i++)
        {
            ScheduledTokens entry = batch.Entries[i];
            if (entry.Sequence.State != SequenceState.Running)
                continue;
            if (entry.NeedsLogits && _scenario.Requests[(int)entry.Sequence.Id].SickOutput == entry.Sequence.GeneratedTokens)
            {
                EndSick(entry.Sequence);
                continue;
            }

            if (entry.NeedsLogits)
                _scheduler.Prove(entry.Sequence);
            if (entry.NeedsLogits && !entry.Sequence.ScoreOnly)
            {
                entry.Sequence.Append(next[i]);
                _streams[entry.Sequence.Id].Add(next[i]);
            }
            if (entry.Sequence.IsComplete)
                End(entry.Sequence);
        }
    }

    private void Cancel(int step, bool inFlight)
    {
        foreach (Sequence sequence in _sequences)
        {
            RequestShape shape = _scenario.Requests[(int)sequence.Id];
            if (sequence.State != SequenceState.Ended && shape.CancelInFlight == inFlight && _arrival[sequence.Id] + shape.CancelAfter == step)
                End(sequence);
        }
    }

    /// <summary>Nothing that it has in the cache is given to anybody.</summary>
    private void EndSick(Sequence sequence)
    {
        int[] blocks = [.. sequence.Blocks];
        _scheduler.Spoil(sequence);
        Assert.All(blocks, block => Assert.False(_scheduler.StateOf(block).IsCached));
        End(sequence);
    }

    private void End(Sequence sequence)
    {
        if (sequence.State == SequenceState.Running)
            _bank.Release(sequence);
        Assert.True(_scheduler.End(sequence));
        Assert.False(_scheduler.End(sequence));
        Assert.Empty(sequence.Blocks);
    }
}
