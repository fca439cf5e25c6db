using System.Globalization;
using System.Text;

namespace FLoRA.Benchmarks.Baselines;

/// <summary>A comparison for people.</summary>
internal static class BaselineText
{
    /// <summary>A line per figure, those that are worse or better by more than 5 % marked, then all that cannot be compared.</summary>
    public static string Of(BaselineComparison comparison, string file)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"against {file}:");
        if (comparison.OtherCommand is { } command)
            Line($"  not the same run: was '{command.Was ?? "not told"}', is '{command.Is}'");
        foreach (ChangedField field in comparison.OtherMachine)
            Line($"  not the same machine: {field.Name} was {field.Was ?? "not told"}, is {field.Is ?? "not told"}");
        int width = comparison.Figures.Select(figure => figure.Name.Length).DefaultIfEmpty(0).Max();
        foreach (ComparedFigure figure in comparison.Figures)
        {
            string ratio = figure.Ratio is { } given ? given.ToString("0.000", CultureInfo.InvariantCulture) : "-", mark = figure.IsWorse ? "  WORSE" : figure.IsBetter ? "  better" : "";
            Line($"  {figure.Name.PadRight(width)}  {figure.Was,14:G6} -> {figure.Is,14:G6}  x {ratio}{mark}");
        }

        foreach (ChangedField field in comparison.Changed)
            Line($"  {field.Name}: {(field.Was is null ? $"only here, {field.Is}" : field.Is is null ? $"only in the baseline, {field.Was}" : $"was {field.Was}, is {field.Is}")}");
        Line($"  {comparison.Figures.Count(figure => figure.IsWorse)} of {comparison.Figures.Count} figures are worse by more than 5 %, {comparison.Figures.Count(figure => figure.IsBetter)} better");
        return text.ToString();
    }
}
