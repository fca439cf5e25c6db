using FLoRA.Inference.Speech.Transcription;

namespace Transcriber.Listening;

/// <summary>What a model heard.</summary>
/// <param name="Transcript">All of it.</param>
/// <param name="Adapter">The adapter that listened; null: the base model.</param>
/// <param name="Duration">Length of the recording.</param>
internal sealed record Heard(Transcript Transcript, string? Adapter, TimeSpan Duration);
