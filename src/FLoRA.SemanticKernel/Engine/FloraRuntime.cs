using FLoRA.Inference;
using FLoRA.Inference.Text;
using Microsoft.Extensions.Logging;
using Polly;

namespace FLoRA.SemanticKernel;

/// <summary>What one text service (one <c>AddFlora</c> id, or a client of its own) runs on. Thread-safe.</summary>
internal sealed class FloraRuntime(FloraOptions options, EngineHost host, ResiliencePipeline pipeline, TimeProvider time, ILogger? logger = null)
    : EngineRuntime(options, host, pipeline, time, logger)
{
    private readonly Lock _lock = new();
    private LoadedModel? _loaded;

    /// <summary>A copy that nobody changes.</summary>
    internal FloraOptions Options { get; } = options;

    /// <summary>True: other services were registered without a key before; calls that ask for none in particular are theirs.</summary>
    internal bool YieldsByDefault { get; init; }

    /// <summary>The model, loaded by the first caller. Cancelling stops the waiting, not the loading.</summary>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    /// <exception cref="ModelLoadException">It cannot be loaded, or is one of speech.</exception>
    internal async Task<LoadedModel> GetAsync(CancellationToken cancellationToken)
    {
        LoadedEngine engine = await Host.GetAsync(cancellationToken).ConfigureAwait(false);
        if (engine.Speech is not null)
            throw new ModelLoadException(Options.Model, $"model_type is '{engine.Model.Family}', a speech model; register it with AddFloraSpeech, not AddFlora");
        return Over(engine);
    }

    /// <summary>The model as it takes requests now; it was loaded before.</summary>
    /// <exception cref="EngineUnavailableException">Its device was lost; says when to come back.</exception>
    internal LoadedModel Serving() => Over(Host.Serving());

    /// <summary>The model; blocks while it loads.</summary>
    internal LoadedModel Get() => GetAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>The service's own text layer, one for each engine.</summary>
    private LoadedModel Over(LoadedEngine engine)
    {
        lock (_lock)
        {
            if (_loaded?.IsOver(engine) != true)
                _loaded = new LoadedModel(engine, new TextGenerator(engine.Tokens, engine.Tokenizer, Options.ChatFormat, Options.InfillForm is { } form ? InfillForm.Parse(form) : null, Time));
            return _loaded;
        }
    }

    internal override Task<int> WarmUpAsync(CancellationToken cancellationToken) => ModelWarmUp.RunAsync(this, cancellationToken);
}
