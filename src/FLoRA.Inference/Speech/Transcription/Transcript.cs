namespace FLoRA.Inference.Speech.Transcription;

/// <summary>What a recording says.</summary>
public sealed record Transcript
{
    /// <summary>All text.</summary>
    public required string Text { get; init; }

    /// <summary>Asked for or detected; null: the decoder's input was given and names none.</summary>
    public string? Language { get; init; }

    /// <summary>By language; null unless it was detected.</summary>
    public IReadOnlyDictionary<string, double>? LanguageProbabilities { get; init; }

    /// <summary>The ids that the text is decoded from, times included.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>In order.</summary>
    public required IReadOnlyList<TranscriptSegment> Segments { get; init; }

    /// <summary>Length of the recording.</summary>
    public required double DurationSeconds { get; init; }
}
