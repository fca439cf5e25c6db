namespace FLoRA.Benchmarks.Runs;

/// <summary>Points of a distribution.</summary>
/// <param name="P50">Median.</param>
/// <param name="P95">95 %.</param>
/// <param name="P99">99 %.</param>
public sealed record Percentiles(double P50, double P95, double P99)
{
    internal static Percentiles Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        double At(double share) => sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
        return new Percentiles(At(0.5), At(0.95), At(0.99));
    }
}
