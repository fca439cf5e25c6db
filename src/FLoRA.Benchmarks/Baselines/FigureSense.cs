namespace FLoRA.Benchmarks.Baselines;

/// <summary>What a larger number means.</summary>
internal enum FigureSense
{
    /// <summary>Neither good nor bad: what was run, or a limit.</summary>
    None,

    /// <summary>Better.</summary>
    Gain,

    /// <summary>Worse.</summary>
    Cost,
}

/// <summary>Knows the figures of <c>flora bench</c> by their names.</summary>
internal static class FigureSenses
{
    private static readonly string[] Percentiles = ["p50", "p95", "p99"];
    private static readonly string[] Neutral = ["limit_ms", "limit_s", "float32_loss"];
    private static readonly string[] Gains = ["per_s", "per_s_a", "per_s_b", "gops", "gflops", "fraction_of_limit", "top1_agreement", "ratio", "ratio_low", "ratio_high"];
    private static readonly string[] Costs = ["_ms", "_s", "_mb", "_kl", "loss"];

    /// <summary>Of a figure.</summary>
    /// <param name="name">Its path, such as <c>step_ms.p50</c> or <c>runs[flora, 4].tokens_per_s</c>.</param>
    public static FigureSense Of(string name)
    {
        string[] parts = name[(name.LastIndexOf(']') + 1)..].Split('.');
        string last = Percentiles.Contains(parts[^1]) ? parts[^2] : parts[^1];
        return Neutral.Contains(last) ? FigureSense.None
            : Gains.Any(end => last.EndsWith(end, StringComparison.Ordinal)) ? FigureSense.Gain
            : Costs.Any(end => last.EndsWith(end, StringComparison.Ordinal)) ? FigureSense.Cost
            : FigureSense.None;
    }
}
