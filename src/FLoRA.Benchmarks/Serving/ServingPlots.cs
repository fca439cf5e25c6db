using FLoRA.Benchmarks.Plots;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Benchmarks.Serving;

/// <summary>The paper's two figures: throughput against rank, and latency per output token against rank at some rates.</summary>
internal static class ServingPlots
{
    private const string Throughput = "throughput.png", Latency = "latency.png";

    /// <summary>Writes both files.</summary>
    /// <param name="report">The runs.</param>
    /// <param name="model">What was served.</param>
    /// <param name="machine">Where.</param>
    /// <param name="folder">Where they go; it is there.</param>
    /// <returns>Their paths.</returns>
    public static IReadOnlyList<string> Write(ServingReport report, string model, Machine machine, string folder)
    {
        double?[] atOnce = [.. report.Rates.Where(rate => rate is null)], rates = [.. report.Rates.Where(rate => rate is not null)];
        string[] notes = [ServingMarkdown.Setting(report), .. machine.ToLines()];
        string[] files = [Path.Combine(folder, Throughput), Path.Combine(folder, Latency)];
        new PlotFile($"Throughput of {model}, {report.Grid.Target.DType}", notes)
            .Write(files[0], [.. (atOnce.Length > 0 ? atOnce : rates).Select(rate => PanelOf(report, rate, "output tokens / s", cell => cell.Result.TokensPerS))]);
        new PlotFile($"Latency per output token of {model}, {report.Grid.Target.DType}", notes)
            .Write(files[1], [.. (rates.Length > 0 ? rates : atOnce).Select(rate => PanelOf(report, rate, "ms per output token, median", cell => cell.Result.TimePerOutputTokenMs.P50))]);
        return files;
    }

    private static Panel PanelOf(ServingReport report, double? rate, string label, Func<ServingCell, double> value)
    {
        string[] kinds = [.. report.Cells.Select(cell => cell.Kind.Name).Distinct()];
        IEnumerable<Line> lines = report.Cells.Where(cell => cell.Run.RatePerSecond == rate).GroupBy(cell => cell.Kind).Select(kind => new Line(
            kind.Key.Name,
            Array.IndexOf(kinds, kind.Key.Name),
            kind.Key.HasRank ? [.. kind.OrderBy(cell => cell.Rank).Select(cell => ((double)cell.Rank!.Value, value(cell)))] : [],
            kind.Key.HasRank ? null : value(kind.First())));
        return new Panel(ServingCell.RateName(rate), label, [.. lines]);
    }
}
