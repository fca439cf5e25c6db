namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>A word of a window while its times are worked out. Mutable; for one window.</summary>
internal sealed class WordTiming
{
    /// <summary>Text; "": it went into a neighbour.</summary>
    public required string Text { get; set; }

    /// <summary>Tokens that stand for it, those of its marks included.</summary>
    public required int TokenCount { get; set; }

    /// <summary>From the window's start, later from the recording's.</summary>
    public required double StartSeconds { get; set; }

    /// <summary>From the window's start, later from the recording's.</summary>
    public required double EndSeconds { get; set; }

    /// <summary>Mean over its tokens.</summary>
    public required double Probability { get; init; }

    /// <summary>End minus start.</summary>
    public double DurationSeconds => EndSeconds - StartSeconds;
}
