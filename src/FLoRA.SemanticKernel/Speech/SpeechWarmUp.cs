using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.SemanticKernel;

/// <summary>A first short recording, so that the first caller finds memory touched, kernels chosen and code compiled.</summary>
internal static class SpeechWarmUp
{
    private const int NewTokens = 2;

    /// <summary>Loads the model and its adapters and has the base model and the default adapter listen to silence.</summary>
    /// <returns>Adapters that are registered.</returns>
    internal static async Task<int> RunAsync(SpeechRuntime runtime, CancellationToken cancellationToken)
    {
        using IDisposable running = runtime.Host.Calls.Enter();
        (LoadedEngine engine, SpeechTranscriber speech) = await runtime.GetAsync(cancellationToken).ConfigureAwait(false);
        string?[] adapters = runtime.Options.DefaultAdapter is { } standard ? [null, standard] : [null];
        await Task.WhenAll(adapters.Select(adapter => Task.Run(() => RunAsync(speech, adapter, cancellationToken), cancellationToken))).ConfigureAwait(false);
        return engine.Adapters.Count;
    }

    private static Task RunAsync(SpeechTranscriber speech, string? adapter, CancellationToken cancellationToken)
    {
        var silence = new AudioClip { Samples = new float[AudioClip.SampleRate / 10], SourceFormat = "silence", SourceSampleRate = AudioClip.SampleRate, SourceChannels = 1 };
        return speech.Start(silence, new TranscriptionOptions
        {
            Adapter = adapter,
            Language = speech.Languages.Count > 0 ? speech.Languages[0] : null,
            Timestamps = false,
            Temperature = 0,
            MaxNewTokens = NewTokens,
        }).ReadToEndAsync(cancellationToken);
    }
}
