namespace FLoRA.Benchmarks.Runs;

/// <summary>Two runs in one process, in turns A B B A: what the machine does meanwhile meets both.</summary>
/// <param name="A">First arm.</param>
/// <param name="SourceA">Its model.</param>
/// <param name="B">Second arm.</param>
/// <param name="SourceB">Its model.</param>
public sealed record Comparison(IBenchRun A, ModelSource SourceA, IBenchRun B, ModelSource SourceB)
{
    /// <summary>Pairs of turns, and steps of a turn: 128 of each arm.</summary>
    private const int Pairs = 8, TurnSteps = 16;

    /// <summary>Measures both.</summary>
    public async Task<ComparisonResult> MeasureAsync()
    {
        using IRunningBench a = await A.LoadAsync(SourceA).ConfigureAwait(false);
        using IRunningBench b = await B.LoadAsync(SourceB).ConfigureAwait(false);
        var ratios = new List<double>();
        var (ofA, ofB) = (new List<double>(), new List<double>());
        for (int pair = 0; pair < Pairs; pair++)
        {
            bool first = pair % 2 == 0;
            double one = await (first ? a : b).TokensPerSecondAsync(TurnSteps).ConfigureAwait(false);
            double other = await (first ? b : a).TokensPerSecondAsync(TurnSteps).ConfigureAwait(false);
            ofA.Add(first ? one : other);
            ofB.Add(first ? other : one);
            ratios.Add(ofA[^1] / ofB[^1]);
        }

        ratios.Sort();
        return new ComparisonResult(Median(ratios), ratios[Pairs / 4], ratios[Pairs - 1 - (Pairs / 4)], Median(ofA), Median(ofB));
    }

    private static double Median(List<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>How two runs compare.</summary>
/// <param name="Ratio">Tokens a second of A over B: the median of the pairs.</param>
/// <param name="RatioLow">Lower quartile of the pairs.</param>
/// <param name="RatioHigh">Upper quartile.</param>
/// <param name="TokensPerSA">Median of A's turns.</param>
/// <param name="TokensPerSB">Median of B's turns.</param>
public sealed record ComparisonResult(double Ratio, double RatioLow, double RatioHigh, double TokensPerSA, double TokensPerSB);
