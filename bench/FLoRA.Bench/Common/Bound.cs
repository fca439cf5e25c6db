using System.Globalization;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Bench.Common;

/// <summary>A number that is held against what the project promises.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Values">One per round.</param>
/// <param name="AtLeast">Lower bound, or null.</param>
/// <param name="Below">Upper bound, or null.</param>
internal sealed record Bound(string Name, IReadOnlyList<double> Values, double? AtLeast = null, double? Below = null)
{
    /// <summary>What is compared with the bound.</summary>
    public double Median => Statistics.Median(Values);

    /// <summary>True where there is no bound, too.</summary>
    public bool Holds => !(Median < AtLeast) && !(Median >= Below);

    /// <summary>"PASS", "FAIL" or "-".</summary>
    public string Verdict => AtLeast is null && Below is null ? "-" : Holds ? "PASS" : "FAIL";

    /// <summary>The table of several.</summary>
    public static string ToMarkdown(IEnumerable<Bound> bounds)
    {
        var table = new MarkdownTable("what", "median", "quartiles", "bound", "verdict");
        foreach (Bound bound in bounds)
        {
            (double low, double high) = Statistics.Quartiles(bound.Values);
            string limit = bound.AtLeast is { } least ? $">= {Text(least)}" : bound.Below is { } below ? $"< {Text(below)}" : "-";
            table.Add(bound.Name, Text(bound.Median), $"{Text(low)} .. {Text(high)}", limit, bound.Verdict);
        }

        return table.ToString();
    }

    private static string Text(double value) => value.ToString("0.00#", CultureInfo.InvariantCulture);
}
