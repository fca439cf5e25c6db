using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;

namespace FLoRA.SemanticKernel;

/// <summary>What one service of either kind runs on: its resilience, its share of an engine. Thread-safe.</summary>
internal abstract class EngineRuntime : IDisposable
{
    private readonly MidStreamBreaker _breaker;

    /// <param name="options">A copy that nobody changes.</param>
    /// <param name="host">Owns the engine.</param>
    /// <param name="pipeline">Around opening a stream.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Where calls are logged; null: nowhere.</param>
    private protected EngineRuntime(FloraEngineOptions options, EngineHost host, ResiliencePipeline pipeline, TimeProvider time, ILogger? logger)
    {
        Log = logger ?? NullLogger.Instance;
        Time = time;
        Host = host;
        ModelId = ModelFolder.IdOf(options.Model);
        FunctionAdapters = new FunctionAdapterMap(options.FunctionAdapters);
        _breaker = new MidStreamBreaker(options.Resilience, time);
        Opener = new StreamOpener(pipeline, _breaker, host.Unavailable);
        options.Resilience.RestartedIn = () => host.Status.RetryAfter;
        host.Restarted += _breaker.Recover;
    }

    internal TimeProvider Time { get; }

    /// <summary>Log of the calls.</summary>
    internal ILogger Log { get; }

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

    /// <summary>State of the circuit breaker; closed where there is none.</summary>
    internal CircuitState Circuit => _breaker.State;

    public void Dispose()
    {
        Host.Restarted -= _breaker.Recover;
        _breaker.Dispose();
    }
}
