using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using Microsoft.Extensions.Logging;
using Polly;

namespace FLoRA.SemanticKernel;

/// <summary>What one speech service (one <c>AddFloraSpeech</c> id, or a client of its own) runs on. Thread-safe.</summary>
/// <param name="options">A copy that nobody changes.</param>
/// <param name="host">Owns the engine.</param>
/// <param name="pipeline">Around opening a stream.</param>
/// <param name="time">Clock.</param>
/// <param name="function">Tells the function that calls; null: without a container there is none.</param>
/// <param name="logger">Where calls are logged; null: nowhere.</param>
internal sealed class SpeechRuntime(FloraSpeechOptions options, EngineHost host, ResiliencePipeline pipeline, TimeProvider time, CallingFunction? function, ILogger? logger = null)
    : EngineRuntime(options, host, pipeline, time, logger)
{
    internal FloraSpeechOptions Options { get; } = options;

    /// <summary>Reads recordings within the options' limits.</summary>
    internal AudioReader Reader { get; } = options.Audio.ToReader();

    /// <summary>The engine and what makes text of audio with it, loaded by the first caller. Cancelling stops the waiting, not the loading.</summary>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    /// <exception cref="ModelLoadException">It cannot be loaded, or is no speech model.</exception>
    internal async Task<(LoadedEngine Engine, SpeechTranscriber Speech)> GetAsync(CancellationToken cancellationToken)
    {
        LoadedEngine engine = await Host.GetAsync(cancellationToken).ConfigureAwait(false);
        SpeechTranscriber speech = engine.Speech
            ?? throw new ModelLoadException(Options.Model, $"model_type is '{engine.Model.Family}', a model of text alone; register it with AddFlora, not AddFloraSpeech");
        return (engine, speech);
    }

    /// <summary>The engine; blocks while it loads.</summary>
    internal (LoadedEngine Engine, SpeechTranscriber Speech) Get() => GetAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>A call that is made now.</summary>
    internal SpeechCall Call(SpeechSettings settings) => new(settings, function?.Current);

    internal override Task<int> WarmUpAsync(CancellationToken cancellationToken) => SpeechWarmUp.RunAsync(this, cancellationToken);
}
