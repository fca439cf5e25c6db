using System.Text.RegularExpressions;

namespace FLoRA.Inference.Cards;

/// <summary>
/// The first paragraph of prose in a Markdown text. Headings, lists, tables, quotes, code, HTML and images are no prose, nor is what the
/// templates of Hugging Face write of themselves: a card that nobody filled in says nothing.
/// </summary>
internal static partial class CardProse
{
    /// <summary>How paragraphs begin that the templates of huggingface_hub, transformers and PEFT put into every card.</summary>
    private static readonly string[] TemplateTexts =
    [
        "More information needed",
        "Users (both direct and downstream) should be made aware of",
        "Carbon emissions can be estimated using",
        "Use the code below to get started with the model",
        "This modelcard aims to be a base template for new models",
        "This is the model card of a 🤗 transformers model that has been pushed on the Hub",
    ];

    /// <summary>Without its markup; null where there is none.</summary>
    public static string? FirstParagraph(string markdown) =>
        Paragraphs(Comment().Replace(markdown, "")).Select(paragraph => Plain(paragraph)).FirstOrDefault(IsProse);

    private static IEnumerable<string> Paragraphs(string markdown)
    {
        var paragraph = new List<string>();
        string? fence = null; // what closes the code that we are in
        bool isOther = false; // in a list, a table, a quote or HTML, until an empty line
        foreach (string line in markdown.Split('\n'))
        {
            string text = line.Trim();
            if (fence is not null)
            {
                if (text.StartsWith(fence, StringComparison.Ordinal))
                    fence = null;
                continue;
            }

            bool isUnderline = paragraph.Count > 0 && Underline().IsMatch(text);
            if (isUnderline)
                paragraph.Clear(); // it was a heading
            bool isCode = paragraph.Count == 0 && (line.StartsWith("    ", StringComparison.Ordinal) || line.StartsWith('\t'));
            if (!isUnderline && !isCode && text.Length > 0 && !OtherBlock().IsMatch(text))
            {
                if (!isOther)
                    paragraph.Add(text);
                continue;
            }

            if (paragraph.Count > 0)
                yield return string.Join(' ', paragraph);
            paragraph.Clear();
            fence = Fence().Match(text) is { Success: true } opening ? opening.Value : null;
            isOther = text.Length > 0 && !isUnderline && !text.StartsWith('#') && fence is null;
        }

        if (paragraph.Count > 0)
            yield return string.Join(' ', paragraph);
    }

    private static string Plain(string paragraph)
    {
        string text = Image().Replace(paragraph, "");
        text = Link().Replace(text, "$1");
        text = Tag().Replace(text, "").Replace("**", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal).Trim();
        if (!text.EndsWith(':'))
            return text;

        // What introduces a list or code says little without it.
        int sentenceEnd = text.LastIndexOf(". ", StringComparison.Ordinal);
        return sentenceEnd < 0 ? "" : text[..(sentenceEnd + 1)];
    }

    private static bool IsProse(string paragraph) =>
        paragraph.Any(char.IsLetter)
        && !paragraph.Contains("[More Information Needed]", StringComparison.OrdinalIgnoreCase)
        && !TemplateTexts.Any(template => paragraph.StartsWith(template, StringComparison.OrdinalIgnoreCase));

    // To its end, or to that of the text. All without backtracking: a card may be hostile.
    [GeneratedRegex(@"<!--(.|\n)*?(-->|\z)", RegexOptions.NonBacktracking)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(```+|~~~+)", RegexOptions.NonBacktracking)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^(=+|-+)\z", RegexOptions.NonBacktracking)]
    private static partial Regex Underline();

    // Heading, list, table, quote, HTML, code, rule, definition of a link.
    [GeneratedRegex(@"^(#|[-*+](\s|\z)|\d+[.)](\s|\z)|\||>|</?[A-Za-z!]|```|~~~|(\s*[-*_]\s*){3,}\z|\[[^\]]*\]:)", RegexOptions.NonBacktracking)]
    private static partial Regex OtherBlock();

    [GeneratedRegex(@"!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])?", RegexOptions.NonBacktracking)]
    private static partial Regex Image();

    [GeneratedRegex(@"\[([^\[\]]*)\]\([^)]*\)", RegexOptions.NonBacktracking)]
    private static partial Regex Link();

    [GeneratedRegex(@"</?[A-Za-z][^<>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Tag();
}
