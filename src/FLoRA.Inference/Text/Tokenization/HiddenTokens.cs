namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Keeps names of special tokens in somebody's words from becoming those tokens, through a template that may move the words about: the first
/// character of each such name is replaced by a noncharacter of Unicode until the special tokens of the whole have been found. For one text.
/// </summary>
/// <param name="tokenizer">Knows the special tokens.</param>
/// <param name="words">All words that will be hidden; a noncharacter that is among them is left alone.</param>
internal sealed class HiddenTokens(Tokenizer tokenizer, IEnumerable<string> words)
{
    private const char FirstMark = '\uFDD0', LastMark = '\uFDEF';

    private readonly Queue<char> _free = new(Enumerable.Range(FirstMark, LastMark - FirstMark + 1).Select(mark => (char)mark).Except(words.SelectMany(text => text.Where(IsMark))));
    private readonly Dictionary<char, char> _marks = [], _characters = [];

    /// <summary>Hides the names in a text.</summary>
    /// <exception cref="InvalidRequestException">All noncharacters are in use.</exception>
    public string Hide(string text)
    {
        // Names may overlap: hiding one may leave another.
        while (true)
        {
            char[]? hidden = null;
            foreach ((Section section, AddedToken? token) in tokenizer.CutAtSpecial(text))
            {
                // A name stands in its section behind the spaces that it takes.
                if (token is not null && text.IndexOf(token.Content, section.Start, section.Length, StringComparison.Ordinal) is >= 0 and var at)
                    (hidden ??= text.ToCharArray())[at] = MarkOf(text[at]);
            }

            if (hidden is null)
                return text;
            text = new string(hidden);
        }
    }

    /// <summary>The text as it was.</summary>
    public string Show(string text) => _characters.Count == 0 || !text.Any(IsMark) ? text : string.Create(text.Length, this, (span, hidden) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = hidden._characters.GetValueOrDefault(text[i], text[i]);
    });

    private static bool IsMark(char c) => c is >= FirstMark and <= LastMark;

    private char MarkOf(char first)
    {
        if (_marks.TryGetValue(first, out char mark))
            return mark;
        if (!_free.TryDequeue(out mark))
            throw new InvalidRequestException("The messages hold special tokens and all noncharacters of Unicode (U+FDD0 to U+FDEF) beside them.");
        (_marks[first], _characters[mark]) = (mark, first);
        return mark;
    }
}
