using System.Diagnostics;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using FLoRA.Inference.Scheduling;
using FLoRA.Inference.Telemetry;

namespace FLoRA.Inference.Execution;

/// <summary>
/// The engine thread's side of an engine: the scheduler, the adapters on the device and the one <see cref="Step"/>:
/// admit and schedule, forward and sample, commit. Everything here runs on the engine thread.
/// </summary>
internal sealed partial class EngineCore : ISteppable, IDisposable
{
    /// <summary>What a step costs whatever is in it, in multiplications of the same time (docs/LOG.md: a step of one row).</summary>
    private const long FixedStepCost = 10_000_000;

    private readonly LoadedModel _model;
    private readonly AdapterStore _store;
    private readonly QueueGate _queue;
    private readonly SchedulerOptions _limits;
    private readonly long _encodingUnitCost;
    private readonly Scheduler _scheduler;
    private readonly StepRunner _runner;
    private readonly HashSet<int> _eosTokens;
    private readonly DeviceWatch _watch;
    private readonly Dictionary<Sequence, ScoreCollector> _scores = [];
    private readonly List<BatchEntry> _entries = [];
    private bool _disposed;
    private long _stepCount, _sequenceSteps, _stepTicks, _allocatedBytes;

    /// <summary>When a prompt is multiplied by formed weights; null: never. Any thread.</summary>
    public PromptForming? Forming => _model.Forming;

    /// <param name="model">What lives on the device; owned.</param>
    /// <param name="store">Adapters by name.</param>
    /// <param name="queue">Counts the requests that wait; each sequence has entered it.</param>
    /// <param name="limits">Budgets.</param>
    /// <param name="trace">Called after every step, or null.</param>
    /// <param name="lostAfterFailedSteps">See <see cref="EngineOptions.LostAfterFailedSteps"/>.</param>
    /// <param name="meter">What is measured; owned. Null: nothing.</param>
    public EngineCore(LoadedModel model, AdapterStore store, QueueGate queue, SchedulerOptions limits, Action<StepTrace>? trace, int? lostAfterFailedSteps = null, EngineMeter? meter = null)
    {
        Meter = meter;
        _watch = new DeviceWatch(lostAfterFailedSteps);
        _model = model;
        _store = store;
        _queue = queue;
        _limits = limits;
        _encodingUnitCost = model.Blueprint.Encoder is { } encoder ? (long)encoder.Positions * encoder.Layers[0].Modules.Sum(m => (long)m.InFeatures * m.OutFeatures) : 0;
        _slots = new AdapterSlots<AdapterVersion>(model.Bank.Capacity.Bytes, TryInstall, Uninstall, static version => version.IsKept);
        _scheduler = new Scheduler(limits, TryHoldSlot);
        _runner = new StepRunner(model.Forward, model.Batch, model.BatchAdapters, model.LogitReader, model.Threads, model.Blueprint, model.Cache);
        _eosTokens = [.. model.Blueprint.EosTokens];
        _trace = trace;
    }

    /// <summary>What is measured; null: nothing.</summary>
    public EngineMeter? Meter { get; }

    /// <summary>Totals so far, for the benchmarks.</summary>
    public EngineCounters Counters => new(_stepCount, _sequenceSteps, _stepTicks, _runner.ForwardTicks, _runner.SampleTicks, _allocatedBytes)
    {
        PrefixHitTokens = _scheduler.PrefixHitTokens,
        CachedBlocks = _scheduler.CachedBlocks,
        EvictedBlocks = _scheduler.EvictedBlocks,
    };

    /// <summary>What is taken now.</summary>
    public EngineOccupancy Occupancy
    {
        get
        {
            (int requests, long tokens) = _queue.Waiting;
            return new(_scheduler.RunningCount, _scheduler.WaitingCount, _scheduler.FreeBlocks, _limits.BlockCount, _store.Pins, requests, tokens);
        }
    }

    /// <summary>The encoder's result for a window, row-major [positions, hidden]; for tests.</summary>
    public float[] EncodeAlone(AudioInput audio, string? adapter)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        AdapterVersion? version = adapter is null ? null : _store.Current.First(v => v.Name == adapter);
        if (version is not null)
            MakeResident(version);
        return [.. Kernels.Cpu.HostMemory.Elements<float>(_model.Encoder!.Encode(audio, version is null ? null : _installed[version]).cpu())];
    }

    /// <summary>Nobody finds blocks of what was computed so far.</summary>
    public void ForgetPrefixes() => _scheduler.ForgetPrefixes();

    /// <summary>Puts a sequence in the queue.</summary>
    public void Enqueue(Sequence sequence, ScoreCollector? score)
    {
        if (score != null)
            _scores.Add(sequence, score);
        _scheduler.Enqueue(sequence);
        if (_lost.Task.IsCompleted)
            Fail(sequence, Refusal());
    }

    /// <summary>Drops a sequence wherever it is.</summary>
    public void Cancel(Sequence sequence)
    {
        if (!Release(sequence, out ScoreCollector? score))
            return;
        _model.Encoder?.Sweep(); // a recording half encoded goes before anybody hears of the end
        Meter?.Ended(sequence, RequestOutcome.Cancelled);
        sequence.Stream.FinishCancelled();
        score?.Fail(new OperationCanceledException("The request was cancelled."));
    }

    /// <inheritdoc/>
    public bool Step()
    {
        if (_lost.Task.IsCompleted)
            return false;
        if (!_scheduler.HasWork)
        {
            _model.Encoder?.Sweep(); // who left last may have left a recording half encoded
            return false;
        }

        long started = Stopwatch.GetTimestamp(), allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            StepOnce();
        }
        catch (Exception exception)
        {
            // No part of the step has told whose fault it is: nobody goes on from a state that may be half changed, and the thread lives on.
            FailStep($"Step {_stepCount} failed", exception, [.. _scheduler.Running, .. _scheduler.Waiting]);
        }

        long ended = Stopwatch.GetTimestamp();
        _stepTicks += ended - started;
        _allocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
        Meter?.StepDone(Stopwatch.GetElapsedTime(started, ended), _scheduler.FreeBlocks, Counters);
        return true;
    }

    /// <inheritdoc/>
    public long StepCost { get; private set; } = 1;

    /// <summary>Ends every request with <paramref name="exception"/>.</summary>
    public void EndAll(Exception exception)
    {
        foreach (Sequence sequence in (Sequence[])[.. _scheduler.Running, .. _scheduler.Waiting])
            Fail(sequence, exception);
    }

    public void Dispose()
    {
        _disposed = true; // what was posted meanwhile still comes
        Meter?.Dispose();
        _model.Dispose();
    }

    private void StepOnce()
    {
        ScheduledBatch scheduled;
        try
        {
            scheduled = _scheduler.Schedule();
            ReleaseSlots(scheduled.Preempted);
            _model.Cache.Scrub(scheduled.SpoiledBlocks);
        }
        catch (Exception exception)
        {
            FailStep("The scheduler failed", exception, [.. _scheduler.Running, .. _scheduler.Waiting]);
            return;
        }

        FailUninstallable();
        foreach (Sequence admitted in scheduled.Admitted)
        {
            if (!admitted.LeftQueue)
                Meter?.Admitted(admitted);
            LeaveQueue(admitted, isAdmitted: true);
            admitted.Stream.MarkAdmitted();
        }

        Meter?.Scheduled(scheduled);
        bool done = scheduled.Entries.Count == 0 || Compute(scheduled);
        if (scheduled.Encodings.Count > 0)
            done &= Encode(scheduled.Encodings);
        else
            _model.Encoder?.Sweep();
        if (done && scheduled.Entries.Count + scheduled.Encodings.Count > 0)
            _watch.StepDone();
        StepCost = FixedStepCost + (scheduled.Rows * _model.ParameterCount) + (scheduled.Encodings.Count * _encodingUnitCost);
        Trace(scheduled);
        _stepCount++;
    }

    /// <summary>Scaled sequences first, then additive ones, then the base; the same composition gives the same order.</summary>
    private void ArrangeEntries(ScheduledBatch scheduled)
    {
        _entries.Clear();
        foreach (ScheduledTokens tokens in scheduled.Entries)
        {
            InstalledAdapter? adapter = tokens.Sequence.AdapterPin is AdapterVersion version ? _installed[version] : null;
            int logits = tokens.Sequence.ScoreOnly ? tokens.Count : tokens.NeedsLogits ? 1 : 0;
            var entry = new BatchEntry(tokens.Sequence, adapter, tokens.Start, tokens.Count, logits, Samples: tokens.NeedsLogits && !tokens.Sequence.ScoreOnly);
            if (tokens.Sequence.Beams is { IsForked: true } beams)
                _entries.AddRange(Enumerable.Range(0, beams.Tables.Count).Select(beam => entry with { Beam = beam }));
            else
                _entries.Add(entry.Probe is { } probe ? entry with { LogitCount = Math.Max(logits, tokens.Start + tokens.Count - probe.PromptIndex) } : entry);
        }

        _entries.Sort(static (a, b) =>
        {
            int byKind = BatchAdapters.OrderKey(a.Adapter).CompareTo(BatchAdapters.OrderKey(b.Adapter));
            return byKind != 0 ? byKind : a.Sequence.Id.CompareTo(b.Sequence.Id);
        });
    }

    /// <summary>False: it failed.</summary>
    private bool Compute(ScheduledBatch scheduled)
    {
        IReadOnlyList<StepOutput> outputs;
        try
        {
            if (scheduled.BlockCopies.Count > 0)
                _model.Cache.Copy(scheduled.BlockCopies);
            ArrangeEntries(scheduled);
            _sequenceSteps += _entries.Count;
            outputs = _runner.Run(_entries);
        }
        catch (Exception exception)
        {
            FailStep($"The forward pass of step {_stepCount} failed", exception, scheduled.Entries.Select(e => e.Sequence));
            return false;
        }

        _scheduler.Commit();
        foreach (StepOutput output in outputs)
            CommitOrFail(output);
        return true;
    }

    /// <summary>One unit of encoder work. Its fault is that of the recordings in it. False: it failed.</summary>
    private bool Encode(List<AudioEncoding> encodings)
    {
        try
        {
            _model.EncoderThreads?.ChooseFor(encodings.Count * _model.Blueprint.Encoder!.Positions);
            _model.Encoder!.Sweep();
            _model.Encoder.Run([.. encodings
                .Select(e => (e, e.AdapterPin is AdapterVersion version ? _installed[version] : null))
                .OrderBy(r => r.Item2?.Ordinal ?? 0)]);
            _model.AfterEncoding?.Invoke(encodings);
        }
        catch (Exception exception)
        {
            FailStep($"The encoder failed in step {_stepCount}", exception, _scheduler.Running.Where(s => s.Audio is { } audio && encodings.Contains(audio)));
            return false;
        }

        _scheduler.CommitEncoding();
        return true;
    }

    private void LeaveQueue(Sequence sequence, bool isAdmitted)
    {
        if (sequence.LeftQueue)
            return;
        sequence.LeftQueue = true;
        _queue.Leave(sequence.PromptTokens, isAdmitted);
    }

    private static string FirstLine(Exception exception) => exception.Message.Split('\n', 2)[0];
}
