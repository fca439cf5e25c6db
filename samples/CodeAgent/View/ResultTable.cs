using System.Globalization;
using CodeAgent.Agent;

namespace CodeAgent.View;

/// <summary>The table at the end, 80 columns wide at most; a language whose programs did not run has no number of passes.</summary>
internal static class ResultTable
{
    private static readonly string[] _header = ["language", "adapter", "ran", "passed", "tries", "tokens", "tokens/s", "seq/batch", "=ref"];

    /// <summary>What the short headings mean.</summary>
    public const string Legend = "seq/batch: mean sequences per batch of the engine; =ref: the text is the reference solution";

    /// <summary>Header and a row per language, as cells.</summary>
    public static IReadOnlyList<string[]> Cells(IEnumerable<LanguageScore> scores) => [_header, .. scores.Select(Row)];

    /// <summary>The table as aligned text.</summary>
    public static IReadOnlyList<string> Lines(IEnumerable<LanguageScore> scores)
    {
        IReadOnlyList<string[]> cells = Cells(scores);
        int[] widths = [.. Enumerable.Range(0, _header.Length).Select(c => cells.Max(row => row[c].Length))];
        return [.. cells.Select(row => string.Concat(row.Select((cell, c) => c < 2 ? cell.PadRight(widths[c] + 2) : cell.PadLeft(widths[c]) + " ")).TrimEnd())];
    }

    private static string[] Row(LanguageScore s) =>
    [
        s.Language,
        s.Adapter ?? "base",
        s.Ran == 0 ? "not run" : $"{s.Ran}/{s.Total}",
        s.Ran == 0 || !s.IsTested ? "-" : $"{s.Passed}/{s.Total}",
        Text(s.Tries),
        Text(s.Tokens),
        s.TokensPerSecond.ToString("0.0", CultureInfo.InvariantCulture),
        s.Batches.MeanSequences.ToString("0.0", CultureInfo.InvariantCulture),
        s.HasReference ? $"{s.EqualToReference}/{s.Total}" : "-",
    ];

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
