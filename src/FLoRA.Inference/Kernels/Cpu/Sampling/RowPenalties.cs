using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>Repetition, presence and frequency penalty and logit bias: they touch only the ids they name.</summary>
internal static class RowPenalties
{
    /// <summary>Applies them in the order of <see cref="SamplingOptions"/>.</summary>
    /// <param name="logits">[vocabulary], changed in place.</param>
    /// <param name="row">Options and tokens.</param>
    /// <param name="counts">Scratch [vocabulary]; what it holds before and after means nothing.</param>
    public static void Apply(Span<double> logits, in SampleRow row, Span<double> counts)
    {
        SamplingOptions options = row.Options;
        if (options.RepetitionPenalty != 1)
            Repetition(logits, row, counts);
        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
            Occurrence(logits, row, counts);
        foreach ((int id, double bias) in options.LogitBias)
            logits[id] += bias;
    }

    private static void Repetition(Span<double> logits, in SampleRow row, Span<double> seen)
    {
        double penalty = row.Options.RepetitionPenalty;
        Count(row.PromptTokens, seen, reset: true);
        Count(row.GeneratedTokens, seen, reset: true);
        Count(row.PromptTokens, seen, reset: false);
        Count(row.GeneratedTokens, seen, reset: false);
        Once(logits, row.PromptTokens, seen, penalty);
        Once(logits, row.GeneratedTokens, seen, penalty);

        static void Once(Span<double> logits, IReadOnlyList<int> tokens, Span<double> seen, double penalty)
        {
            for (int i = 0; i < tokens.Count; i++)
            {
                int id = tokens[i];
                if (seen[id] == 0)
                    continue;
                seen[id] = 0;
                logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
            }
        }
    }

    private static void Occurrence(Span<double> logits, in SampleRow row, Span<double> counts)
    {
        Count(row.GeneratedTokens, counts, reset: true);
        Count(row.GeneratedTokens, counts, reset: false);
        for (int i = 0; i < row.GeneratedTokens.Count; i++)
        {
            int id = row.GeneratedTokens[i];
            if (counts[id] == 0)
                continue;
            logits[id] = logits[id] - (counts[id] * row.Options.FrequencyPenalty) - row.Options.PresencePenalty;
            counts[id] = 0;
        }
    }

    private static void Count(IReadOnlyList<int> tokens, Span<double> counts, bool reset)
    {
        for (int i = 0; i < tokens.Count; i++)
            counts[tokens[i]] = reset ? 0 : counts[tokens[i]] + 1;
    }
}
