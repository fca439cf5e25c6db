using System.Diagnostics.Metrics;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Telemetry;

/// <summary>
/// The instruments of one engine, in a meter called "FLoRA"; docs/operations.md lists them. Where nobody listens, a step costs a few comparisons and allocates nothing. Engine thread
/// only, except where a member says otherwise; what is observed at other times is published after each step.
/// </summary>
internal sealed class EngineMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "FLoRA";

    /// <summary>Tag of everything: the model's id.</summary>
    public const string ModelTag = "flora.model";

    private const int MostAdapterTags = 64;

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60] };
    private static readonly InstrumentAdvice<int> Counts = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] };
    private static readonly KeyValuePair<string, object?> Prefill = new("flora.phase", "prefill"), Decode = new("flora.phase", "decode");
    private static readonly KeyValuePair<string, object?> Free = new("flora.state", "free"), Used = new("flora.state", "used");

    private static readonly KeyValuePair<string, object?> Registered = new("flora.state", "registered"), Host = new("flora.state", "host"), Resident = new("flora.state", "resident");

    private readonly AdapterTags _adapters;
    private readonly KeyValuePair<string, object?> _model;
    private readonly Histogram<double> _queueWait, _stepDuration, _modelLoad, _adapterLoad;
    private readonly Histogram<int> _rows, _sequences;
    private readonly Counter<long> _tokens, _requests, _preemptions;
    private Exception? _listenerFault;
    private int _freeBlocks;
    private long _prefixHitTokens, _prefixBlocks, _prefixEvictions;

    /// <param name="model">The model's id.</param>
    /// <param name="blockCount">Blocks of the cache, all of them free.</param>
    /// <param name="queue">What waits.</param>
    /// <param name="mostAdapterTags">Adapters that have a series of their own.</param>
    public EngineMeter(string model, int blockCount, QueueGate queue, int mostAdapterTags = MostAdapterTags)
    {
        _adapters = new AdapterTags(mostAdapterTags);
        _model = new(ModelTag, model);
        _freeBlocks = blockCount;
        Meter = new Meter(Name);
        _queueWait = Meter.CreateHistogram("flora.queue.wait", "s", "From submission to the first admission.", advice: Seconds);
        _stepDuration = Meter.CreateHistogram("flora.step.duration", "s", "One step: schedule, forward, sample, commit.", advice: Seconds);
        _modelLoad = Meter.CreateHistogram("flora.model.load.duration", "s", "Copying a model and its first adapters to the device.", advice: Seconds);
        _adapterLoad = Meter.CreateHistogram("flora.adapter.load.duration", "s", "Reading, checking and packing the folder of an adapter.", advice: Seconds);
        _rows = Meter.CreateHistogram("flora.step.rows", "{row}", "Rows of a step.", advice: Counts);
        _sequences = Meter.CreateHistogram("flora.step.sequences", "{sequence}", "Sequences of a step.", advice: Counts);
        _tokens = Meter.CreateCounter<long>("flora.step.tokens", "{token}", "Tokens computed, of prompts (prefill) and generated ones (decode).");
        _requests = Meter.CreateCounter<long>("flora.requests", "{request}", "Requests that ended, by how they did.");
        _preemptions = Meter.CreateCounter<long>("flora.preemptions", "{sequence}", "Sequences that had to give their cache blocks back and wait.");
        Meter.CreateObservableGauge("flora.cache.blocks", () => Blocks(blockCount), "{block}", "Blocks of the key/value cache.");
        Meter.CreateObservableCounter("flora.prefix.hit_tokens", () => new Measurement<long>(Volatile.Read(ref _prefixHitTokens), _model), "{token}", "Prompt tokens that were found in the cache instead of being computed.");
        Meter.CreateObservableCounter("flora.prefix.evictions", () => new Measurement<long>(Volatile.Read(ref _prefixEvictions), _model), "{block}", "Blocks of prefixes that were given up because others needed them.");
        Meter.CreateObservableGauge("flora.prefix.blocks", () => new Measurement<long>(Volatile.Read(ref _prefixBlocks), _model), "{block}", "Blocks that equal prefixes may take now.");
        Meter.CreateObservableGauge("flora.queue.requests", () => new Measurement<int>(queue.Waiting.Requests, _model), "{request}", "Requests that wait for their first admission.");
        Meter.CreateObservableGauge("flora.queue.tokens", () => new Measurement<long>(queue.Waiting.Tokens, _model), "{token}", "Their prompt tokens.");
    }

    /// <summary>What a listener threw first; null: nothing. Any thread.</summary>
    public Exception? ListenerFault => Volatile.Read(ref _listenerFault);

    /// <summary>The meter itself. Any thread.</summary>
    public Meter Meter { get; }

    /// <summary>Observes the adapters from now on.</summary>
    /// <param name="slots">Those on the device; called by any thread.</param>
    /// <param name="store">Those that are known; called by any thread.</param>
    public void Observe(Func<SlotTotals> slots, Func<(int Registered, int HostCopies, long HostBytes, long HostByteBudget)> store)
    {
        Meter.CreateObservableCounter("flora.adapter.hits", () => new Measurement<long>(slots().Hits, _model), "{request}", "Admissions that found their adapter on the device.");
        Meter.CreateObservableCounter("flora.adapter.installs", () => new Measurement<long>(slots().Installs, _model), "{adapter}", "Adapters that were copied to the device.");
        Meter.CreateObservableCounter("flora.adapter.evictions", () => new Measurement<long>(slots().Evictions, _model), "{adapter}", "Adapters that made room on the device for others.");
        Meter.CreateObservableGauge(
            "flora.adapters", () => (Measurement<int>[])[new(store().Registered, _model, Registered), new(store().HostCopies, _model, Host), new(slots().Count, _model, Resident)], "{adapter}", "Adapters that are known by name, in host memory, on the device.");
        Meter.CreateObservableGauge(
            "flora.adapter.bytes", () => (Measurement<long>[])[new(store().HostBytes, _model, Host), new(slots().Bytes, _model, Resident)], "By", "What they take.");
    }

    /// <summary>The model was loaded. Any thread.</summary>
    public void ModelLoaded(TimeSpan duration) => Guarded(static (meter, duration) => meter._modelLoad.Record(duration.TotalSeconds, meter._model), duration);

    /// <summary>An adapter was read from its folder. Any thread.</summary>
    public void AdapterLoaded(TimeSpan duration) => Guarded(static (meter, duration) => meter._adapterLoad.Record(duration.TotalSeconds, meter._model), duration);

    /// <summary>A request was admitted for the first time.</summary>
    public void Admitted(Sequence sequence)
    {
        if (_queueWait.Enabled)
            Guarded(static (meter, sequence) => meter._queueWait.Record(sequence.Stream.Elapsed.TotalSeconds, meter._model, meter._adapters.Of(sequence.Request.Adapter)), sequence);
    }

    /// <summary>A request has ended.</summary>
    /// <param name="sequence">The request.</param>
    /// <param name="outcome">How, of <see cref="RequestOutcome"/>.</param>
    public void Ended(Sequence sequence, in KeyValuePair<string, object?> outcome)
    {
        if (_requests.Enabled)
            Guarded(static (meter, ended) => meter._requests.Add(1, meter._model, ended.outcome, meter._adapters.Of(ended.sequence.Request.Adapter)), (sequence, outcome));
    }

    /// <summary>A step was scheduled.</summary>
    public void Scheduled(ScheduledBatch batch)
    {
        if (_rows.Enabled)
            Guarded(static (meter, batch) => meter._rows.Record(batch.Rows, meter._model), batch);
        if (_sequences.Enabled)
            Guarded(static (meter, batch) => meter._sequences.Record(batch.Entries.Count, meter._model), batch);
        if (_tokens.Enabled)
        {
            Guarded(static (meter, batch) => meter._tokens.Add(batch.PrefillTokens, meter._model, Prefill), batch);
            Guarded(static (meter, batch) => meter._tokens.Add(batch.DecodeTokens, meter._model, Decode), batch);
        }

        if (batch.Preempted.Count > 0)
            Guarded(static (meter, batch) => meter._preemptions.Add(batch.Preempted.Count, meter._model), batch);
    }

    /// <summary>A step is done.</summary>
    /// <param name="duration">What it took.</param>
    /// <param name="freeBlocks">Blocks of the cache that are free now.</param>
    /// <param name="totals">Totals so far.</param>
    public void StepDone(TimeSpan duration, int freeBlocks, in EngineCounters totals)
    {
        Volatile.Write(ref _freeBlocks, freeBlocks);
        Volatile.Write(ref _prefixHitTokens, totals.PrefixHitTokens);
        Volatile.Write(ref _prefixBlocks, totals.CachedBlocks);
        Volatile.Write(ref _prefixEvictions, totals.EvictedBlocks);
        if (_stepDuration.Enabled)
            Guarded(static (meter, duration) => meter._stepDuration.Record(duration.TotalSeconds, meter._model), duration);
    }

    /// <summary>Nothing is observed any more.</summary>
    public void Dispose() => Meter.Dispose();

    /// <summary>Listeners are called at once, on this thread, and what they throw would come out here: whoever looks on harms nobody.</summary>
    private void Guarded<T>(Action<EngineMeter, T> record, T value)
    {
        try
        {
            record(this, value);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _listenerFault, exception, null);
        }
    }

    private Measurement<int>[] Blocks(int all)
    {
        int free = Volatile.Read(ref _freeBlocks);
        return [new(free, _model, Free), new(all - free, _model, Used)];
    }
}
