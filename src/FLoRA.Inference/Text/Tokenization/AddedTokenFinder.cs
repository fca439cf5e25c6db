using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Cuts a text at added tokens: leftmost first, the longest of those that begin there. Linear in the text, whatever the
/// number of tokens.
/// </summary>
internal sealed class AddedTokenFinder
{
    private readonly FrozenDictionary<string, AddedToken> _tokens;
    private readonly FrozenDictionary<string, AddedToken>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly SearchValues<string> _contents;
    private readonly int[] _lengths;

    /// <param name="tokens">Of two with the same content, as normalising may make them, the first counts; one without content is never found.</param>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        _tokens = tokens.Where(token => token.Content.Length > 0).DistinctBy(token => token.Content, StringComparer.Ordinal).ToFrozenDictionary(token => token.Content, StringComparer.Ordinal);
        _lookup = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        _contents = SearchValues.Create([.. _tokens.Keys], StringComparison.Ordinal);
        _lengths = [.. _tokens.Keys.Select(content => content.Length).Distinct().OrderDescending()];
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
        int offset = _lengths.Length == 0 || from >= text.Length ? -1 : text.AsSpan(from).IndexOfAny(_contents);
        if (offset < 0)
            return false;
        ReadOnlySpan<char> rest = text.AsSpan(from + offset);
        foreach (int length in _lengths)
        {
            if (length <= rest.Length && _lookup.TryGetValue(rest[..length], out AddedToken? candidate))
            {
                (token, found) = (candidate, new Section(from + offset, length));
                return true;
            }
        }
        return false;
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
