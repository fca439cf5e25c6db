namespace FLoRA.Inference.Speech;

/// <summary>By what candidates of one window are compared: openai/whisper's MaximumLikelihoodRanker.</summary>
internal static class CandidateScore
{
    /// <summary>log-probability / length, or / ((5 + length) / 6)^penalty (Wu et al., 2016).</summary>
    /// <param name="sumLogprob">Of all tokens and the end token.</param>
    /// <param name="length">Tokens without the end token.</param>
    /// <param name="penalty">Null: by the length itself.</param>
    public static double Of(double sumLogprob, int length, double? penalty) =>
        sumLogprob / (penalty is { } exponent ? Math.Pow((5 + length) / 6.0, exponent) : length);
}
