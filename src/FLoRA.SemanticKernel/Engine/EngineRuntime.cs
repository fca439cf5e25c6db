using Polly;

namespace FLoRA.SemanticKernel;

/// <summary>What one service of either kind runs on: its resilience, its share of an engine. Thread-safe.</summary>
internal abstract class EngineRuntime : IDisposable
{
    private readonly MidStreamBreaker _breaker;

    /// <param name="options">A copy that nobody changes.</param>
    /// <param name="host">Owns the engine.</param>
    /// <param name="pipeline">Around opening a stream.</param>
    /// <param name="time">Clock.</param>
    private protected EngineRuntime(FloraEngineOptions options, EngineHost host, ResiliencePipeline pipeline, TimeProvider time)
    {
        Time = time;
        Host = host;
        ModelId = IdOf(options.Model);
        FunctionAdapters = new FunctionAdapterMap(options.FunctionAdapters);
        _breaker = new MidStreamBreaker(options.Resilience, time);
        Opener = new StreamOpener(pipeline, _breaker);
    }

    internal TimeProvider Time { get; }

    internal FunctionAdapterMap FunctionAdapters { get; }

    /// <summary>Opens streams.</summary>
    internal StreamOpener Opener { get; }

    /// <summary>The engine and who shares it.</summary>
    internal EngineHost Host { get; }

    /// <summary>The model's own id, known before it is loaded.</summary>
    internal string ModelId { get; }

    /// <summary>Loads the model and its adapters and runs a first short request through the base model and the default adapter.</summary>
    /// <returns>Adapters that are registered.</returns>
    internal abstract Task<int> WarmUpAsync(CancellationToken cancellationToken);

    public void Dispose() => _breaker.Dispose();

    /// <summary>Name of the model's folder, or of the folder above where it is called "model"; as <see cref="Inference.ModelInfo.Id"/>.</summary>
    private static string IdOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(path);
        return name == "model" && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } above ? above : name;
    }
}
