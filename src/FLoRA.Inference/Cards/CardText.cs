using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Cards;

/// <summary>What a card says, made fit for a line on a terminal and for the context of another model.</summary>
internal static class CardText
{
    private const int MostDescriptionCharacters = 500, MostLanguageCharacters = 40, MostLanguages = 200;

    /// <summary>One line of bounded length; null where nothing is left.</summary>
    public static string? Describe(string? text)
    {
        string line = OneLine(text ?? "");
        return line.Length == 0 ? null : Cut(line);
    }

    /// <summary>In lower case, distinct, in the order given. What is no name of a language by its length is none.</summary>
    public static IReadOnlyList<string> Languages(IEnumerable<string> texts) =>
        [.. texts.Select(text => OneLine(text).ToLowerInvariant()).Where(text => text.Length is > 0 and <= MostLanguageCharacters).Distinct(StringComparer.Ordinal).Take(MostLanguages)];

    /// <summary>Runs of white space become one blank; what only steers a display goes, and what shows nothing at all.</summary>
    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        bool blankDue = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                blankDue = true;
                continue;
            }

            if (IsInvisible(rune))
                continue;
            if (blankDue && line.Length > 0)
                line.Append(' ');
            blankDue = false;
            line.Append(rune);
        }

        return line.ToString();
    }

    /// <summary>Control characters, and format characters such as those that turn the direction of writing; joiners are spelling.</summary>
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format && rune.Value is not ('\u200C' or '\u200D');

    private static string Cut(string line)
    {
        if (line.Length <= MostDescriptionCharacters)
            return line;
        int end = line.LastIndexOf(' ', MostDescriptionCharacters - 1);
        if (end < MostDescriptionCharacters / 2)
            end = char.IsHighSurrogate(line[MostDescriptionCharacters - 2]) ? MostDescriptionCharacters - 2 : MostDescriptionCharacters - 1;
        return line[..end] + "…";
    }
}
