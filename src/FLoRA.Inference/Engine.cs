using FLoRA.Inference.Adapters;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Models;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference;

/// <summary>
/// One model on one device, many adapters, one batch. Thread-safe; see docs/architecture.md for the life of a request.
/// Callers speak token ids; text is the business of <see cref="Text.TextGenerator"/>.
/// </summary>
public sealed partial class Engine : ITokenEngine, IAlignmentEngine, IDisposable
{
    private readonly Lock _submitting = new();
    private readonly EngineThread _thread;
    private readonly Action _releaseThread;
    private readonly EngineCore _core;
    private readonly AdapterStore _store;
    private readonly AdapterLibrary _library;
    private readonly BankLayout _layout;
    private readonly QueueGate _queue;
    private readonly TokenDelivery _delivery = new();
    private readonly DecoderBlueprint _blueprint;
    private readonly RequestLimits _limits;
    private long _lastRequestId;
    private bool _disposed;

    private Engine(EngineThread thread, Action releaseThread, EngineCore core, AdapterStore store, AdapterLibrary library, BankLayout layout, QueueGate queue, DecoderBlueprint blueprint, ModelInfo model, EngineInfo info)
    {
        _thread = thread;
        _releaseThread = releaseThread;
        _core = core;
        _store = store;
        _library = library;
        _layout = layout;
        _queue = queue;
        _blueprint = blueprint;
        int encoderTokens = blueprint.Encoder is { } encoder ? (encoder.Positions + info.BlockTokens - 1) / info.BlockTokens * info.BlockTokens : 0;
        // A speech model's last token is never computed, so it may lie beyond the positions, as in openai/whisper.
        int context = blueprint.ContextLength + (blueprint.Encoder is null ? 0 : 1);
        _limits = new RequestLimits(context, info.KvTokens - encoderTokens);
        Model = model;
        Info = info;
    }

    /// <summary>What was loaded.</summary>
    public ModelInfo Model { get; }

    /// <summary>Device, type, threads and budgets in force.</summary>
    public EngineInfo Info { get; }

    /// <summary>The adapters that requests may name, by name.</summary>
    public IReadOnlyList<AdapterInfo> Adapters => _library.Describe();

    /// <summary>
    /// Completes, with the fault of the last step, when the device is lost (<see cref="EngineOptions.LostAfterFailedSteps"/>). What ran has failed with that fault then, what had not
    /// begun with <see cref="EngineUnavailableException"/>, and so does what comes later: dispose the engine and load another. Never completes otherwise.
    /// </summary>
    public Task<EngineFaultException> Lost => _core.Lost;

    /// <summary>Totals so far, for the benchmarks; between two steps.</summary>
    internal Task<EngineCounters> ReadCountersAsync() => _thread.InvokeAsync(() => _core.Counters);

    /// <summary>What is taken of the engine, for the leak tests; between two steps.</summary>
    internal Task<EngineOccupancy> ReadOccupancyAsync() => _thread.InvokeAsync(() => _core.Occupancy);

    /// <summary>What is measured, for tests.</summary>
    internal System.Diagnostics.Metrics.Meter? Meter => _core.Meter?.Meter;

    /// <summary>The encoder's result for a window, row-major [positions, hidden]; for tests.</summary>
    internal Task<float[]> EncodeAloneAsync(AudioInput audio, string? adapter) => _thread.InvokeAsync(() => _core.EncodeAlone(audio, adapter));

    /// <summary>Requests, and their prompt tokens, that wait for their first admission now. Any thread, also when the engine is disposed.</summary>
    public (int Requests, long Tokens) Queued => _queue.Waiting;

    /// <summary>Live native tensors of the engine thread, for the leak tests; between two steps.</summary>
    internal Task<long> CountLiveTensorsAsync() => _thread.InvokeAsync(() => TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

    /// <summary>What was still live when the engine thread had disposed of everything, for the leak tests.</summary>
    internal long LiveTensorsAfterDispose { get; private set; } = -1;

    /// <summary>
    /// What an onlooker threw first: a callback of <see cref="EngineOptions.Trace"/>, which is not called any more, or a listener to the engine's meter. No request is harmed. Null: nothing.
    /// </summary>
    public Exception? TraceFault => _core.TraceFault;

    /// <summary>Loads a model and its adapters. Blocks until the engine is ready.</summary>
    /// <exception cref="ModelLoadException">The folder is not a model, or asks for what the engine does not do.</exception>
    /// <exception cref="AdapterLoadException">An adapter folder is refused.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    /// <exception cref="ArgumentException">The options contradict themselves; every error is listed.</exception>
    public static Engine Load(EngineOptions options) => EngineLoader.Load(options);

    internal static Engine Create(EngineThread thread, Action releaseThread, EngineCore core, AdapterStore store, AdapterLibrary library, BankLayout layout, QueueGate queue, DecoderBlueprint blueprint, ModelInfo model, EngineInfo info) =>
        new(thread, releaseThread, core, store, library, layout, queue, blueprint, model, info);

    /// <inheritdoc/>
    public TokenStream Submit(Request request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = Snapshot(request);
        CheckTokens(request.PromptTokens, "tokens (PromptTokens)");
        CheckTokens(request.StopTokens, "stop_tokens (StopTokens)");
        SamplingValidation.Validate(request.Sampling, Model.VocabularySize);
        AudioValidation.Check(request.Audio, _blueprint);
        int maxTokens = _limits.ResolveMaxTokens(request.PromptTokens.Count, request.MaxNewTokens);
        if (request.Sampling.Seed == null)
            request = request with { Sampling = request.Sampling with { Seed = Random.Shared.NextInt64() } };
        return Enqueue(request, maxTokens, null).Stream;
    }

    /// <summary>Log-probabilities of a text under the model; shares the batches of everybody else.</summary>
    /// <param name="tokens">The text, at least one id.</param>
    /// <param name="adapter">Name of a registered adapter; null: base.</param>
    /// <param name="cancellationToken">Drops the request.</param>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidRequestException">The text can never fit, or is malformed.</exception>
    /// <exception cref="EngineOverloadedException">The queue is full; later it may fit.</exception>
    /// <exception cref="EngineUnavailableException">The device is lost.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public Task<ScoreResult> ScoreAsync(IReadOnlyList<int> tokens, string? adapter, CancellationToken cancellationToken = default) =>
        ScoreAsync(tokens, adapter, null, cancellationToken);

    /// <summary>The same after a window of audio.</summary>
    internal async Task<ScoreResult> ScoreAsync(IReadOnlyList<int> tokens, string? adapter, AudioInput? audio, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        tokens = [.. tokens];
        CheckTokens(tokens, nameof(tokens));
        AudioValidation.Check(audio, _blueprint);
        int maxTokens = _limits.ResolveScoreTokens(tokens.Count);
        var score = new ScoreCollector(tokens.Count);
        Sequence sequence = Enqueue(new Request { PromptTokens = tokens, Adapter = adapter, Audio = audio }, maxTokens, score);
        await using CancellationTokenRegistration registration = cancellationToken.Register(sequence.Stream.Cancel);
        return await score.Result.ConfigureAwait(false) with { RequestId = sequence.Stream.RequestId };
    }

    /// <inheritdoc/>
    async Task<AlignmentCollector> IAlignmentEngine.AlignAsync(IReadOnlyList<int> tokens, AudioInput audio, string? adapter, AlignmentProbe probe, CancellationToken cancellationToken)
    {
        CheckTokens(tokens, nameof(tokens));
        AudioValidation.Check(audio, _blueprint);
        int maxTokens = _limits.ResolveScoreTokens(tokens.Count);
        var score = new ScoreCollector(tokens.Count) { Alignment = new AlignmentCollector(probe, tokens.Count, _blueprint.Encoder!.Positions) };
        Sequence sequence = Enqueue(new Request { PromptTokens = tokens, Adapter = adapter, Audio = audio, Alignment = probe }, maxTokens, score);
        await using CancellationTokenRegistration registration = cancellationToken.Register(sequence.Stream.Cancel);
        score.Alignment.RequestId = sequence.Stream.RequestId;
        await score.Result.ConfigureAwait(false);
        return score.Alignment;
    }

    /// <summary>
    /// Holds the engine between two steps until the result is disposed: what is submitted meanwhile begins in one step, however short steps are and whoever else
    /// wants the processor. Other models on the device wait too, so hold it for submissions only.
    /// </summary>
    internal IDisposable HoldSteps()
    {
        var hold = new StepHold();
        _thread.Post(hold.Wait);
        return hold;
    }

    /// <summary>Requests from now on find no block of earlier ones: what comes after a warm-up is computed as if it were new.</summary>
    internal Task ForgetPrefixesAsync() => _thread.InvokeAsync(() =>
    {
        _core.ForgetPrefixes();
        return true;
    });

    /// <summary>Ends every request with <see cref="ObjectDisposedException"/>, then returns all native memory.</summary>
    public void Dispose()
    {
        lock (_submitting)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        Task<bool> ended = _thread.InvokeAsync(() =>
        {
            _core.EndAll(new ObjectDisposedException(nameof(Engine), "The engine was disposed while the request ran."));
            _thread.Remove(_core);
            _core.Dispose();
            LiveTensorsAfterDispose = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
            return true;
        });
        if (!_thread.IsCurrent)
            Task.WaitAny(ended); // a thread that shares its device with others lives on
        _releaseThread();
    }

    private Sequence Enqueue(Request request, int maxTokens, ScoreCollector? score)
    {
        AdapterVersion? version = request.Adapter is { } name ? _library.Pin(name) : null;
        try
        {
            lock (_submitting)
            {
                if (_core.Lost.IsCompleted)
                    throw _core.Refusal(); // also when it has been disposed since: another engine may take the request
                ObjectDisposedException.ThrowIf(_disposed, this);
                Sequence? sequence = null;
                var stream = new TokenStream(_lastRequestId + 1, request.PromptTokens.Count, _ => _thread.Post(() => _core.Cancel(sequence!)), _delivery);
                int rows = version?.Adapter.RowWidth ?? 1;
                bool formsPrompt = request.Beams is null && _core.Forming is { } forming && forming.Suits(rows, request.PromptTokens.Count);
                sequence = new Sequence(request, stream, rows, maxTokens, version, formsPrompt) { PrefixRoot = PrefixRootOf(version) };
                CheckBeams(sequence);
                _queue.Enter(sequence.PromptTokens);
                _lastRequestId++;
                // Inside the lock: ids ascend in the order of the queue.
                _thread.Post(() => _core.Enqueue(sequence, score));
                return sequence;
            }
        }
        catch
        {
            if (version != null)
                _store.Release(version);
            throw;
        }
    }

    /// <summary>What computes the tokens; null where it is not known what an adapter holds.</summary>
    private static PrefixKey? PrefixRootOf(AdapterVersion? version) =>
        version is null ? PrefixKey.Root(null) : version.Adapter.ContentHash is { Length: > 0 } content ? PrefixKey.Root(content) : null;

    private void CheckBeams(Sequence sequence)
    {
        if (sequence.Beams is not { } beams)
            return;
        int width = beams.Settings.Width;
        if (sequence.Width > Info.MaxRows)
            throw new InvalidRequestException($"beam_size {width} needs {sequence.Width} rows for a step ({sequence.AdapterWidth} per beam); a step has {Info.MaxRows}. Raise --max-rows (MaxRows) or lower beam_size.");
        long tokens = (long)width * ((sequence.MaxCachedTokens + Info.BlockTokens - 1) / Info.BlockTokens) * Info.BlockTokens;
        if (tokens > _limits.PoolTokens)
            throw new InvalidRequestException($"beam_size {width} may need {tokens} places of the key/value cache beside the audio; it has {_limits.PoolTokens}. Raise --kv-tokens (KvTokens), or lower beam_size or max_new_tokens (MaxNewTokens).");
    }

    /// <summary>A copy of the lists, so that a caller may go on using its own while the request runs.</summary>
    private static Request Snapshot(Request request) => request with
    {
        PromptTokens = [.. Given(request.PromptTokens, nameof(request.PromptTokens))],
        StopTokens = [.. Given(request.StopTokens, nameof(request.StopTokens))],
        Sampling = Given(request.Sampling, nameof(request.Sampling)) with { LogitBias = new Dictionary<int, double>(Given(request.Sampling.LogitBias, "LogitBias")) },
    };

    private static T Given<T>(T? value, string what) where T : class =>
        value ?? throw new InvalidRequestException($"{what} is null; expected a value.");

    private void CheckTokens(IReadOnlyList<int> tokens, string what)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if ((uint)tokens[i] >= (uint)Model.VocabularySize)
                throw new InvalidRequestException($"{what}, entry {i}, is {tokens[i]}; the vocabulary has ids 0..{Model.VocabularySize - 1}.");
        }
    }
}
