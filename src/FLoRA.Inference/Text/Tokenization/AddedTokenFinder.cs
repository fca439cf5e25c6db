using System.Buffers;
using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Cuts a text at added tokens: leftmost first, the longest of those that begin there. Linear in the text, whatever the
/// number of tokens; where many begin alike, times the length of what they share.
/// </summary>
internal sealed class AddedTokenFinder
{
    private const int Root = 0;

    // A trie: where a letter leads from a node, and the token that ends at a node.
    private readonly Dictionary<(int Node, char Letter), int> _next = [];
    private readonly List<AddedToken?> _ends = [null];
    private readonly SearchValues<string> _contents;

    /// <param name="tokens">Of two with the same content, as normalising may make them, the first counts; one without content is never found.</param>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] known = [.. tokens.Where(token => token.Content.Length > 0)];
        foreach (AddedToken token in known)
            Add(token);
        _contents = SearchValues.Create([.. known.Select(token => token.Content).Distinct(StringComparer.Ordinal)], StringComparison.Ordinal);
    }

    /// <summary>The text in order: tokens, and what lies between them (token null). Nothing is empty.</summary>
    public IEnumerable<(Section Section, AddedToken? Token)> Cut(string text)
    {
        int done = 0;
        for (int at = 0; TryFind(text, at, out AddedToken? token, out Section found); at = Math.Max(found.End, done))
        {
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, found.Start)) || BeginsWithWord(text.AsSpan(found.End))))
                continue;
            int start = token.LeftStrip ? done + text.AsSpan(done, found.Start - done).TrimEnd().Length : found.Start;
            int end = token.RightStrip ? text.Length - text.AsSpan(found.End).TrimStart().Length : found.End;
            if (start > done)
                yield return (new Section(done, start - done), null);
            yield return (new Section(start, end - start), token);
            done = end;
        }
        if (done < text.Length)
            yield return (new Section(done, text.Length - done), null);
    }

    private bool TryFind(string text, int from, out AddedToken token, out Section found)
    {
        (token, found) = (null!, default);
        int offset = _next.Count == 0 || from >= text.Length ? -1 : text.AsSpan(from).IndexOfAny(_contents);
        if (offset < 0)
            return false;
        int node = Root, start = from + offset;
        for (int i = start; i < text.Length && _next.TryGetValue((node, text[i]), out node); i++)
        {
            if (_ends[node] is { } ended)
                (token, found) = (ended, new Section(start, i + 1 - start));
        }

        return found.Length > 0;
    }

    private void Add(AddedToken token)
    {
        int node = Root;
        foreach (char letter in token.Content)
        {
            if (!_next.TryGetValue((node, letter), out int below))
            {
                _next.Add((node, letter), below = _ends.Count);
                _ends.Add(null);
            }

            node = below;
        }

        _ends[node] ??= token;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        !text.IsEmpty && Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        !text.IsEmpty && Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    // \w: letters, marks, decimal digits, connectors (UTS 18, annex C).
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => false,
    };
}
