namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The threshold that a window missed.</summary>
internal enum WindowFailure
{
    /// <summary>The text repeats itself.</summary>
    CompressionRatio,

    /// <summary>The model is not sure.</summary>
    Logprob,
}

/// <summary>A decoded window with the numbers by which it is judged.</summary>
internal sealed record WindowResult
{
    /// <summary>Sampled ids without the end token.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Sum of log-probabilities / (tokens + 1).</summary>
    public required double AverageLogprob { get; init; }

    /// <summary>Probability of no speech.</summary>
    public required double NoSpeechProbability { get; init; }

    /// <summary>Of the text.</summary>
    public required double CompressionRatio { get; init; }

    /// <summary>At which it was decoded.</summary>
    public required double Temperature { get; init; }

    /// <summary>Thresholds missed.</summary>
    public IReadOnlyList<WindowFailure> Failures { get; init; } = [];

    /// <summary>True: another temperature should be tried. Not so for silence, whatever was missed.</summary>
    public bool NeedsFallback { get; init; }
}

/// <summary>What was decided about a window; for traces and tests.</summary>
/// <param name="SeekFrames">Its start.</param>
/// <param name="FrameCount">Frames of the recording in it.</param>
/// <param name="Result">The result that stands.</param>
/// <param name="Skipped">True: silence, no segment.</param>
internal sealed record WindowReport(int SeekFrames, int FrameCount, WindowResult Result, bool Skipped);
