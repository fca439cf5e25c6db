using FLoRA.Inference.Text;
using Polly;

namespace FLoRA.SemanticKernel;

/// <summary>What one service (one <c>AddFlora</c> id, or a client of its own) runs on: its options, its resilience, its share of an engine. Thread-safe.</summary>
internal sealed class FloraRuntime : IDisposable
{
    private readonly Lock _lock = new();
    private readonly EngineHost _host;
    private readonly MidStreamBreaker _breaker;
    private LoadedModel? _loaded;

    /// <param name="options">A copy that nobody changes.</param>
    /// <param name="host">Owns the engine.</param>
    /// <param name="pipeline">Around opening a stream.</param>
    /// <param name="time">Clock.</param>
    internal FloraRuntime(FloraOptions options, EngineHost host, ResiliencePipeline pipeline, TimeProvider time)
    {
        Options = options;
        Time = time;
        _host = host;
        ModelId = IdOf(options.Model);
        FunctionAdapters = new FunctionAdapterMap(options.FunctionAdapters);
        _breaker = new MidStreamBreaker(options.Resilience, time);
        Opener = new StreamOpener(pipeline, _breaker);
    }

    internal FloraOptions Options { get; }

    internal TimeProvider Time { get; }

    internal FunctionAdapterMap FunctionAdapters { get; }

    /// <summary>Opens streams.</summary>
    internal StreamOpener Opener { get; }

    /// <summary>The engine and who shares it.</summary>
    internal EngineHost Host => _host;

    /// <summary>True: other services were registered without a key before; calls that ask for none in particular are theirs.</summary>
    internal bool YieldsByDefault { get; init; }

    /// <summary>The model's own id, known before it is loaded.</summary>
    internal string ModelId { get; }

    /// <summary>The model, loaded by the first caller. Cancelling stops the waiting, not the loading.</summary>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    internal async Task<LoadedModel> GetAsync(CancellationToken cancellationToken)
    {
        LoadedEngine engine = await _host.GetAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
            return _loaded ??= new LoadedModel(engine, new TextGenerator(engine.Tokens, engine.Tokenizer, Options.ChatFormat));
    }

    /// <summary>The model; blocks while it loads.</summary>
    internal LoadedModel Get() => GetAsync(CancellationToken.None).GetAwaiter().GetResult();

    public void Dispose() => _breaker.Dispose();

    /// <summary>Name of the model's folder, or of the folder above where it is called "model"; as <see cref="Inference.ModelInfo.Id"/>.</summary>
    private static string IdOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(path);
        return name == "model" && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } above ? above : name;
    }
}
