using FLoRA.Inference.Text;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>What the transcription needs of a loaded Whisper model. Thread-safe if the decoder is.</summary>
internal sealed record SpeechModel
{
    /// <summary>The engine.</summary>
    public required IWindowDecoder Decoder { get; init; }

    /// <summary>Special tokens.</summary>
    public required SpeechVocabulary Vocabulary { get; init; }

    /// <summary>Text to ids and back.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Frames of a window: twice max_source_positions.</summary>
    public required int WindowFrameCount { get; init; }

    /// <summary>Positions of the decoder: max_target_positions.</summary>
    public required int DecoderContext { get; init; }

    /// <summary>What the text tokens say; special tokens and times are left out.</summary>
    public string TextOf(IEnumerable<int> tokens) => SpeechText.Of(Tokenizer, Vocabulary, tokens);
}
