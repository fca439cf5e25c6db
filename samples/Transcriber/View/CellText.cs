using System.Text;
using Spectre.Console;

namespace Transcriber.View;

/// <summary>
/// Text in a number of terminal cells. Terminals do not agree whether a combining mark (as in Devanagari) takes a cell; the console here counts none, and pads its lines by that. So a line may have
/// as many marks as there are cells to spare.
/// </summary>
internal static class CellText
{
    /// <summary>At most <paramref name="width"/> cells, and at most <paramref name="marks"/> combining marks beside them; what is longer ends in "…".</summary>
    public static string Cut(string text, int width, int marks = 0)
    {
        if (Measure(text) is var (cells, found) && cells <= width && found <= marks)
            return text;
        var cut = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            string next = rune.ToString();
            (cells, found) = Measure(cut + next);
            if (cells > width - 1 || found > marks)
                break;
            cut.Append(next);
        }

        return cut.Append('…').ToString();
    }

    private static (int Cells, int Marks) Measure(string text)
    {
        int[] widths = [.. text.EnumerateRunes().Select(rune => rune.ToString().GetCellWidth())];
        return (widths.Sum(), widths.Count(width => width < 1));
    }
}
