namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The thresholds of one request: does a window stand, is it tried again, is it silence?</summary>
internal sealed class WindowJudge(TranscriptionOptions options)
{
    /// <summary>Measures a window by the thresholds.</summary>
    public WindowResult Judge(WindowResult result)
    {
        List<WindowFailure> failures = [];
        if (result.CompressionRatio > options.CompressionRatioThreshold)
            failures.Add(WindowFailure.CompressionRatio);
        bool unsure = result.AverageLogprob < options.LogprobThreshold;
        if (unsure)
            failures.Add(WindowFailure.Logprob);
        bool silence = unsure && result.NoSpeechProbability > options.NoSpeechThreshold;
        return result with { Failures = failures, NeedsFallback = failures.Count > 0 && !silence };
    }

    /// <summary>True: the window holds no speech. A sure text outweighs that.</summary>
    public bool IsSilence(WindowResult result) =>
        result.NoSpeechProbability > options.NoSpeechThreshold && !(result.AverageLogprob > options.LogprobThreshold);
}
