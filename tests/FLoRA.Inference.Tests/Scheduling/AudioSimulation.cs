using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Runs a load of recordings to its end, as the engine would, and asserts every invariant in every step.</summary>
internal sealed class AudioSimulation
{
    private const int StepLimit = 100_000;

    private readonly AudioScenario _scenario;
    private readonly Scheduler _scheduler;
    private readonly AudioModel _model;
    private readonly AudioInvariants _invariants;
    private readonly Sequence[] _sequences;
    private readonly int[] _arrival; // step of arrival per request, ascending
    private readonly List<int>[] _streams;
    private readonly HashSet<AudioEncoding> _dropped = [];
    private readonly HashSet<Sequence> _found = [];

    public AudioSimulation(AudioScenario scenario)
    {
        _scenario = scenario;
        _scheduler = new Scheduler(scenario.Options);
        _model = new AudioModel(scenario.Options);
        _arrival = [.. scenario.Requests.Select(r => r.Arrival).Order()];
        _sequences = [.. scenario.Requests.Select((r, id) => Create(r, id))];
        _streams = [.. scenario.Requests.Select(_ => new List<int>())];
        _invariants = new AudioInvariants(_scheduler, scenario.Options, _sequences);
    }

    /// <summary>The requests.</summary>
    public IReadOnlyList<Sequence> Sequences => _sequences;

    /// <summary>What each request streamed.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Streams => _streams;

    /// <summary>Whether a search came to its own end.</summary>
    public bool HasFound(Sequence sequence) => _found.Contains(sequence);

    /// <summary>Units of encoder work.</summary>
    public int UnitsRun => _model.UnitsRun;

    /// <summary>Preemptions of the whole run.</summary>
    public int Preemptions { get; private set; }

    /// <summary>Those that lost a search.</summary>
    public int PreemptedSearches { get; private set; }

    /// <summary>Cancellations of searches whose beams had parted.</summary>
    public int CancelledSearches { get; private set; }

    /// <summary>Blocks copied because a beam was about to write to one of several.</summary>
    public int Copies { get; private set; }

    /// <summary>Admissions that found their recording encoded.</summary>
    public int Reuses { get; private set; }

    /// <summary>Recordings that went half encoded.</summary>
    public int Resets { get; private set; }

    public AudioSimulation Run()
    {
        for (int step = 0; step <= _arrival[^1] || _scheduler.HasWork; step++)
        {
            Assert.True(step < StepLimit, $"not finished after {StepLimit} steps");
            foreach (Sequence sequence in _sequences.Where(s => _arrival[s.Id] == step))
            {
                _scheduler.Enqueue(sequence);
                Assert.False(_dropped.Contains(sequence.Audio!), "a dropped encoding was handed out again");
            }

            Cancel(step, inFlight: false);
            Step(step);
        }

        _invariants.CheckBlocks();
        Assert.Equal(_scenario.BlockCount, _scheduler.FreeBlocks);
        return this;
    }

    private void Step(int step)
    {
        _invariants.Before();
        ScheduledBatch batch = _scheduler.Schedule();
        _model.Scrub(batch.SpoiledBlocks);
        _model.Copy(batch.BlockCopies);
        Preemptions += batch.Preempted.Count;
        PreemptedSearches += batch.Preempted.Count(s => s.Beams is not null);
        Copies += batch.BlockCopies.Count;
        Reuses += batch.Admitted.Count(s => s.Audio!.IsReady);
        _invariants.After(batch);

        IReadOnlyList<int>[] next = [.. batch.Entries.Select(_model.Forward)];
        if (batch.Encodings.Count > 0)
            _model.Encode(batch.Encodings);
        else
            _model.Sweep();
        Cancel(step, inFlight: true);
        _scheduler.Commit();
        for (int i = 0; i < batch.Entries.Count; i++)
            Commit(batch.Entries[i], next[i]);
        _scheduler.CommitEncoding();
    }

    private void Commit(ScheduledTokens entry, IReadOnlyList<int> next)
    {
        Sequence sequence = entry.Sequence;
        if (sequence.State != SequenceState.Running)
            return;
        if (entry.NeedsLogits && _scenario.Requests[(int)sequence.Id].SickAfter <= sequence.GeneratedTokens)
        {
            _model.Spoil(sequence.Audio!.Blocks, sequence.Audio);
            _model.Spoil(AudioInvariants.HeldBy(sequence), sequence);
            _scheduler.Spoil(sequence);
            _dropped.Add(sequence.Audio);
            End(sequence);
            return;
        }

        if (entry.NeedsLogits || sequence.ScoreOnly)
            _scheduler.Prove(sequence);
        if (entry.NeedsLogits && sequence.Beams is not null)
        {
            Search(sequence, next);
            return;
        }

        if (entry.NeedsLogits && !sequence.ScoreOnly)
        {
            sequence.Append(next[0]);
            _streams[sequence.Id].Add(next[0]);
        }

        if (sequence.IsComplete)
            End(sequence);
    }

    /// <summary>All beams of a search go on, or it ends and gives out what it found.</summary>
    private void Search(Sequence sequence, IReadOnlyList<int> next)
    {
        BeamSearch search = sequence.Beams!.Search;
        Assert.Equal(search.Count, next.Count);
        _scheduler.AdvanceBeams(sequence, search.Advance([.. next.Select(n => AudioModel.Offers(n, search.OfferedCount))]));
        if (!search.IsComplete && !sequence.IsComplete)
            return;
        _streams[sequence.Id].AddRange(search.Best().Tokens);
        _found.Add(sequence);
        End(sequence);
    }

    private void Cancel(int step, bool inFlight)
    {
        foreach (Sequence sequence in _sequences)
        {
            AudioShape shape = _scenario.Requests[(int)sequence.Id];
            if (sequence.State != SequenceState.Ended && shape.CancelInFlight == inFlight && _arrival[sequence.Id] + shape.CancelAfter == step)
            {
                CancelledSearches += sequence.Beams is { IsForked: true } ? 1 : 0;
                End(sequence);
            }
        }
    }

    private void End(Sequence sequence)
    {
        bool isLast = sequence is { State: SequenceState.Running, IsEncoding: true, Audio.Runners: 1 };
        Assert.True(_scheduler.End(sequence));
        Assert.False(_scheduler.End(sequence));
        Assert.Empty(sequence.Blocks);
        Assert.True(sequence.Beams is null or { IsForked: false, NewestTokens.Count: 0 }, "an ended search holds something");
        if (!isLast)
            return;
        Resets++;
        Assert.Equal((0, 0), (sequence.Audio!.CompletedUnits, sequence.Audio.Blocks.Count));
    }

    private static Sequence Create(AudioShape shape, int id)
    {
        Request request = new()
        {
            PromptTokens = [.. Enumerable.Range(0, shape.Prompt).Select(i => ((id * 31) + i) % 97)],
            Audio = new AudioInput([shape.Audio + 1], 1, 1),
            Beams = shape.Beams == 0 ? null : new BeamSettings(shape.Beams, shape.Beams, null, AudioModel.EndToken),
        };
        return new Sequence(request, new TokenStream(id, shape.Prompt, null), shape.Width, shape.Prompt + shape.New, shape.Adapter);
    }
}
