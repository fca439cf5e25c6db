using System.Globalization;

namespace FLoRA.Inference.Sampling;

/// <summary>The one place that says which sampling options are possible.</summary>
internal static class SamplingValidation
{
    private const double LargestPenalty = 1e6;

    /// <exception cref="InvalidRequestException">Lists everything that is wrong with <paramref name="options"/>.</exception>
    public static void Validate(SamplingOptions options, int vocabulary)
    {
        IReadOnlyList<string> problems = Problems(options, vocabulary);
        if (problems.Count > 0)
            throw new InvalidRequestException($"The sampling options are wrong: {string.Join("; ", problems)}.");
    }

    /// <summary>Everything that is wrong with <paramref name="options"/>: what was expected and what came. Empty: nothing.</summary>
    /// <param name="options">Options of a request.</param>
    /// <param name="vocabulary">Number of ids the model knows.</param>
    public static IReadOnlyList<string> Problems(SamplingOptions options, int vocabulary)
    {
        List<string> problems = [];
        void Require(bool condition, string name, string expected, double value)
        {
            if (!condition)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be {expected}, got {value}"));
        }

        Require(options.RepetitionPenalty is >= 1 / LargestPenalty and <= LargestPenalty, "repetition_penalty", "above 0 (from 1e-6 to 1e6)", options.RepetitionPenalty);
        Require(Math.Abs(options.PresencePenalty) <= LargestPenalty, "presence_penalty", "between -1e6 and 1e6", options.PresencePenalty);
        Require(Math.Abs(options.FrequencyPenalty) <= LargestPenalty, "frequency_penalty", "between -1e6 and 1e6", options.FrequencyPenalty);
        Require(double.IsFinite(options.Temperature) && options.Temperature >= 0, "temperature", "0 (greedy) or a positive number", options.Temperature);
        Require(options.TopK >= 0, "top_k", "0 (off) or a positive integer", options.TopK);
        Require(options.TopP is > 0 and <= 1, "top_p", "above 0 and at most 1", options.TopP);
        Require(options.MinP is >= 0 and <= 1, "min_p", "between 0 and 1", options.MinP);
        foreach ((int id, double bias) in options.LogitBias)
        {
            Require(id >= 0 && id < vocabulary, "logit_bias id", $"in [0, {vocabulary})", id);
            Require(double.IsFinite(bias), $"logit_bias of id {id}", "a finite number", bias);
        }

        return problems;
    }
}
