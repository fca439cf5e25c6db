using System.Globalization;
using FLoRA.Inference.Speech.Transcription.Output;
using Transcriber.Listening;

namespace Transcriber.View;

/// <summary>The table at the end, 80 columns wide at most where the names of the adapters allow it.</summary>
internal static class ResultTable
{
    private const int AdapterColumn = 5;

    private static readonly string[] _header = ["language", "files", "words", "base WER", "CER", "adapter", "WER", "CER"];

    /// <summary>What the short headings mean.</summary>
    public const string Legend = "WER, CER: words and characters wrong per word and character said, in percent, nothing normalised";

    /// <summary>The table as aligned text; empty: nothing is known of what was said.</summary>
    public static IReadOnlyList<string> Lines(IReadOnlyList<LanguageScore> scores)
    {
        if (scores.Count == 0)
            return [];
        string[][] cells = [_header, .. scores.Select(Row), .. scores.Count > 1 ? [Total(scores)] : (string[][])[]];
        int[] widths = [.. Enumerable.Range(0, _header.Length).Select(column => cells.Max(row => row[column].Length))];
        return [.. cells.Select(row => string.Join("  ", row.Select((cell, column) => column is 0 or AdapterColumn ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd())];
    }

    private static string[] Row(LanguageScore score) =>
    [
        score.Language,
        Text(score.Recordings),
        Text(score.Words.Length),
        Percent(score.BaseWords),
        Percent(score.BaseCharacters),
        .. score.Adapters.Count == 0 ? (string[])["none", "", ""] : [string.Join(' ', score.Adapters), Percent(score.Words), Percent(score.Characters)],
    ];

    private static string[] Total(IReadOnlyList<LanguageScore> scores) =>
    [
        "all",
        Text(scores.Sum(score => score.Recordings)),
        Text(scores.Sum(score => score.Words.Length)),
        Percent(Sum(scores, score => score.BaseWords)),
        Percent(Sum(scores, score => score.BaseCharacters)),
        "",
        Percent(Sum(scores, score => score.Words)),
        Percent(Sum(scores, score => score.Characters)),
    ];

    private static ErrorRate Sum(IEnumerable<LanguageScore> scores, Func<LanguageScore, ErrorRate> rate) => scores.Aggregate(default(ErrorRate), (sum, score) => sum + rate(score));

    private static string Percent(ErrorRate rate) => (100 * rate.Value).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
