using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Tests.Sampling;

/// <summary>The slow, obvious form of the filters and the pick: one row, double arithmetic, plain loops.</summary>
internal static class SamplingReference
{
    /// <summary>Probabilities that are left after all filters.</summary>
    public static double[] Probabilities(SamplingOptions options, IReadOnlyList<int> prompt, IReadOnlyList<int> generated, IReadOnlyList<float> logits)
    {
        double[] x = [.. logits.Select(logit => (double)logit)];
        foreach (int id in prompt.Concat(generated).Distinct())
            x[id] = x[id] > 0 ? x[id] / options.RepetitionPenalty : x[id] * options.RepetitionPenalty;
        foreach (IGrouping<int, int> occurrences in generated.GroupBy(id => id))
            x[occurrences.Key] -= options.PresencePenalty + options.FrequencyPenalty * occurrences.Count();
        foreach ((int id, double bias) in options.LogitBias)
            x[id] += bias;
        if (options.IsGreedy)
            return [.. x.Select((_, id) => id == Best(x) ? 1.0 : 0.0)];
        for (int id = 0; id < x.Length; id++)
            x[id] /= options.Temperature;
        if (options.TopK > 0)
            Keep(x, Ranked(x).Take(options.TopK));
        if (options.TopP < 1)
            Keep(x, Nucleus(x, options.TopP));
        if (options.MinP > 0)
        {
            double[] p = Softmax(x);
            Keep(x, Ranked(x).Where(id => p[id] >= options.MinP * p.Max()).ToArray());
        }

        return Softmax(x);
    }

    /// <summary>First id whose cumulative probability exceeds <paramref name="uniform"/>.</summary>
    public static int Pick(double[] probabilities, double uniform)
    {
        double cumulative = 0;
        for (int id = 0; id < probabilities.Length; id++)
        {
            cumulative += probabilities[id];
            if (cumulative > uniform)
                return id;
        }

        return Array.FindLastIndex(probabilities, p => p > 0);
    }

    private static int Best(double[] x) => Array.IndexOf(x, x.Max());

    private static int[] Ranked(double[] x) => [.. Enumerable.Range(0, x.Length).OrderByDescending(id => x[id]).ThenBy(id => id)];

    private static List<int> Nucleus(double[] x, double mass)
    {
        double[] p = Softmax(x);
        List<int> kept = [];
        double reached = 0;
        foreach (int id in Ranked(x))
        {
            kept.Add(id);
            reached += p[id];
            if (reached >= mass)
                break;
        }

        return kept;
    }

    private static void Keep(double[] x, IEnumerable<int> ids)
    {
        HashSet<int> kept = [.. ids];
        for (int id = 0; id < x.Length; id++)
        {
            if (!kept.Contains(id))
                x[id] = double.NegativeInfinity;
        }
    }

    private static double[] Softmax(double[] x)
    {
        double[] e = [.. x.Select(value => Math.Exp(value - x.Max()))];
        return [.. e.Select(value => value / e.Sum())];
    }
}
