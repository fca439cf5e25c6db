namespace FLoRA.Inference.Speech.Transcription;

/// <summary>A piece of a recording and what was said in it.</summary>
public sealed record TranscriptSegment
{
    /// <summary>From the recording's start.</summary>
    public required double StartSeconds { get; init; }

    /// <summary>From the recording's start; not before <see cref="StartSeconds"/>, not beyond the recording.</summary>
    public required double EndSeconds { get; init; }

    /// <summary>What was said, as the model writes it: usually with a leading space. "": a piece that came to nothing.</summary>
    public required string Text { get; init; }

    /// <summary>Its ids, times included; empty where the text is.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Words with their times; empty unless asked for.</summary>
    public IReadOnlyList<TranscriptWord> Words { get; init; } = [];

    /// <summary>Mean log-probability of the whole window that the piece is from.</summary>
    public required double AverageLogprob { get; init; }

    /// <summary>Probability that the window holds no speech.</summary>
    public required double NoSpeechProbability { get; init; }

    /// <summary>How well the window's text compresses; high: it repeats itself.</summary>
    public required double CompressionRatio { get; init; }

    /// <summary>At which the window was decoded.</summary>
    public required double Temperature { get; init; }
}

/// <summary>A word and when it was said.</summary>
/// <param name="Text">With its leading space and its punctuation marks.</param>
/// <param name="StartSeconds">From the recording's start.</param>
/// <param name="EndSeconds">From the recording's start.</param>
/// <param name="Probability">Mean over its tokens.</param>
public sealed record TranscriptWord(string Text, double StartSeconds, double EndSeconds, double Probability);
