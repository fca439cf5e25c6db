using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// Transcribes whole recordings window by window as openai/whisper does, or cut at silences and all at once: seeking by times, thresholds, prompts, words. Knows no tensor; the engine behind
/// <see cref="IWindowDecoder"/> batches the windows of all recordings. Thread-safe.
/// </summary>
internal sealed class Transcriber(SpeechModel model)
{
    /// <summary>Begins a transcription; nothing runs before the stream is read. Wrong options throw here.</summary>
    /// <param name="features">
    /// The whole recording with a window of silence appended. With <see cref="TranscriptionOptions.PromptTokens"/> only the first window is read: it should be made from a recording
    /// cut to the window, since the loudest frame of a recording touches all of its features.
    /// </param>
    /// <param name="options">How.</param>
    /// <param name="requestIds">Where the engine's numbers of the requests will stand; null: they have none.</param>
    /// <exception cref="InvalidRequestException">The options are wrong; the message lists all that is.</exception>
    public TranscriptStream Start(RecordingFeatures features, TranscriptionOptions options, IReadOnlyCollection<long>? requestIds = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        TranscriptionValidation.Validate(options, model.Vocabulary, model.DecoderContext);
        if (features.FrameCount < model.WindowFrameCount)
            throw new ArgumentException($"Expected features of at least one window ({model.WindowFrameCount} frames), got {features.FrameCount}; silence is to be appended.", nameof(features));
        SpeechModel patient = model with { Decoder = new PatientDecoder(model.Decoder) };
        ITranscriptionRun run = options.Batched
            ? new BatchedRun(patient, features, options)
            : new TranscriptionRun(patient, features, RecordingPiece.Whole(features), fill: 0, options);
        return new TranscriptStream(run, features.DurationSeconds, requestIds ?? []);
    }
}
