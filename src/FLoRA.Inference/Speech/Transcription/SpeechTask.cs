namespace FLoRA.Inference.Speech.Transcription;

/// <summary>What is written down.</summary>
public enum SpeechTask
{
    /// <summary>What was said, in its language.</summary>
    Transcribe,

    /// <summary>What was said, in English.</summary>
    Translate,
}
