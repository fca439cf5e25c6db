using System.Globalization;
using System.Text;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Benchmarks.Serving;

/// <summary>A figure's runs as tables.</summary>
internal static class ServingMarkdown
{
    /// <summary>The whole page.</summary>
    /// <param name="report">The runs.</param>
    /// <param name="model">What was served.</param>
    /// <param name="machine">Where.</param>
    /// <param name="images">Paths of its plots, seen from the page.</param>
    public static string Write(ServingReport report, string model, Machine machine, IReadOnlyList<string> images)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Serving: {model}, {report.Grid.Target.DType}\n\n{machine.ToMarkdown()}\n{Setting(report)}\n");
        foreach (string image in images)
            text.Append(CultureInfo.InvariantCulture, $"\n![{Path.GetFileNameWithoutExtension(image)}]({image})\n");
        if (!report.Grid.IsFigure)
            text.Append("\n## Tokens a second\n").AppendJoin("", report.Rates.Select(rate => $"\n{Pivot(report.Cells.Where(cell => cell.Run.RatePerSecond == rate), rate)}"));
        foreach (double? rate in report.Rates)
            text.Append(CultureInfo.InvariantCulture, $"\n## {Capital(ServingCell.RateName(rate))}\n\n{Table(report.Cells.Where(cell => cell.Run.RatePerSecond == rate))}");
        if (report.Crossovers.Count > 0)
            text.Append("\n## fLoRA against LoRA, all at once\n\n").AppendJoin("", report.Crossovers.Select(c => $"- {Sentence(c)}\n"));
        if (report.CostRules.Count > 0)
            text.Append('\n').Append(Rules(report.CostRules));
        return text.ToString();
    }

    /// <summary>One sentence: how many requests, of what.</summary>
    public static string Setting(ServingReport report)
    {
        ServingRun run = report.Cells[0].Run;
        string lengths = run.Lengths is FixedLengths tokens ? $"{tokens.PromptTokens} + {tokens.OutputTokens} tokens" : "drawn lengths";
        if (run.Prefix.Tokens > 0)
            lengths = $"{run.Prefix.Tokens} common ({(report.Grid.PrefixCache ? run.Prefix.IsKnown ? "known before" : "new" : "no prefix cache")}) + {lengths}";
        int[] adapters = [.. report.Cells.Select(cell => cell.Run.Adapters.Count).Where(count => count > 0).Distinct()];
        int rounds = report.Grid.Rounds;
        string of = adapters.Length == 0 ? "no adapter" : $"{string.Join(", ", adapters)} adapters of a kind, {run.Popularity.ToString().ToLowerInvariant()}";
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", report.Cells.Select(cell => cell.Run.Requests).Distinct())} requests of {lengths}, {of}, at most {run.MaxSequences} at a time{(rounds > 1 ? $"; median of {rounds} rounds" : "")}. Times in ms.");
    }

    private static string Table(IEnumerable<ServingCell> cells)
    {
        var table = new MarkdownTable("adapters", "requests", "tokens/s", "first token p50", "p95", "next tokens p50", "p95", "queue p50", "rows a step", "sequences", "peak MB");
        foreach (ServingCell cell in cells)
        {
            ServingResult r = cell.Result;
            table.Add(
                cell.LoadName, Number(r.Requests, "0"), Number(r.TokensPerS, "0.0"), Number(r.TimeToFirstTokenMs.P50, "0.0"), Number(r.TimeToFirstTokenMs.P95, "0.0"),
                Number(r.TimePerOutputTokenMs.P50, "0.00"), Number(r.TimePerOutputTokenMs.P95, "0.00"), Number(r.QueueMs.P50, "0.0"), Number(r.MeanRows, "0.0"), Number(r.MeanSequences, "0.0"), Number(r.PeakMemoryMb, "0"));
        }

        return table.ToString();
    }

    /// <summary>Adapters down, requests across.</summary>
    private static string Pivot(IEnumerable<ServingCell> cells, double? rate)
    {
        int[] requests = [.. cells.Select(cell => cell.Run.Requests).Distinct()];
        var table = new MarkdownTable([ServingCell.RateName(rate), .. requests.Select(n => n == 1 ? "1 request" : $"{n} requests")]);
        foreach (IGrouping<string, ServingCell> load in cells.GroupBy(cell => cell.LoadName))
            table.Add([load.Key, .. requests.Select(n => load.FirstOrDefault(cell => cell.Run.Requests == n) is { } cell ? Number(cell.Result.TokensPerS, "0.0") : "-")]);
        return table.ToString();
    }

    private static string Sentence(Crossover c) => c switch
    {
        { Rank: { } rank } => string.Create(CultureInfo.InvariantCulture, $"{c.Lora}: fLoRA is ahead up to rank {c.FloraAheadUpTo}, behind from rank {c.LoraAheadFrom}; the lines cross at rank {rank:0.0}."),
        { FloraAheadUpTo: { } last } => $"{c.Lora}: fLoRA is ahead at every rank up to {last}.",
        _ => $"{c.Lora}: fLoRA is behind from rank {c.LoraAheadFrom}, the first, on.",
    };

    private static string Rules(IReadOnlyList<CostRule> rules)
    {
        var table = new MarkdownTable("LoRA", "c1, ns", "c2, ns", "d", "2 c1 / (d c2)", "fLoRA ahead up to rank");
        foreach (CostRule rule in rules)
        {
            table.Add(
                rule.Lora, Number(rule.C1Nanoseconds, "G3"), Number(rule.C2Nanoseconds, "G3"), Number(rule.Width, "0"), Number(rule.Share, "0.000"),
                rule.PredictedRank is { } rank ? Number(rank, "0.0") : "any");
        }

        return $"""
            The paper's rule: fLoRA is no slower iff 2 c1 / (d c2) + 1 / r >= 1. c2 is what a multiply-add of fLoRA's rows adds to the wall time, c1 one of LoRA's pairs (least squares over the ranks; d: width of square
            layers with as many multiply-adds per row and per rank as the model's).

            {table}
            """;
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
