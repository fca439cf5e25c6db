using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Transcriber.Recordings;

namespace Transcriber.Listening;

/// <summary>Hears through the kernel's speech-to-text services. Thread-safe.</summary>
internal sealed class KernelListener(Kernel kernel, SpeechSettings settings) : IListener
{
    private readonly ISpeechToTextClient _adapted = kernel.Services.GetRequiredService<ISpeechToTextClient>();
    private readonly AudioReader _reader = new();
    private readonly Lazy<TimeSpan> _window = new(() => TimeSpan.FromSeconds(SpeechKernel.Load(kernel).Model.Audio!.Frames / (double)LogMel.FramesPerSecond));
    private readonly ISpeechToTextClient _base = kernel.Services.GetRequiredKeyedService<ISpeechToTextClient>(SpeechKernel.Base);

    public async Task<Heard> ListenAsync(Recording recording, string? language, bool onBase, Action<TranscriptSegment> segmentHeard, CancellationToken cancellationToken)
    {
        var options = new SpeechToTextOptions { SpeechLanguage = language, AdditionalProperties = new() { [FloraKeys.Timestamps] = settings.Timestamps } };
        if (settings.Temperature is { } temperature)
            options.AdditionalProperties["temperature"] = temperature;
        (Stream sound, TimeSpan? duration) = await Task.Run(() => Open(recording.Path, cancellationToken), cancellationToken);
        await using Stream audio = sound;
        await foreach (SpeechToTextResponseUpdate update in (onBase ? _base : _adapted).GetStreamingTextAsync(audio, options, cancellationToken))
        {
            if (update.RawRepresentation is TranscriptSegment segment)
                segmentHeard(segment);
            else if (update.RawRepresentation is Transcript transcript)
                return new Heard(transcript, update.AdditionalProperties?[FloraKeys.ResultAdapterId] as string, duration ?? TimeSpan.FromSeconds(transcript.DurationSeconds));
        }

        throw new InvalidOperationException($"The transcription of '{recording.Name}' ended without a transcript.");
    }

    /// <returns>The sound, and its length where it was changed.</returns>
    private (Stream Sound, TimeSpan? Duration) Open(string path, CancellationToken cancellationToken)
    {
        if (!settings.PadToWindow)
            return (File.OpenRead(path), null);
        AudioClip clip = _reader.ReadFile(path, cancellationToken);
        return (PaddedSound.Of(clip, _window.Value), clip.Duration);
    }
}
