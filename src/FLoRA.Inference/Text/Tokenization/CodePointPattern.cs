using System.Diagnostics;
using System.Text.RegularExpressions;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// A regular expression of a tokenizer file, matched over code points. It comes from a stranger: under a time limit, and without
/// backtracking where that could take exponential time and the form allows it.
/// </summary>
internal sealed class CodePointPattern
{
    private readonly Regex _regex;
    private readonly TimeSpan _limit;

    /// <param name="pattern">As in tokenizer.json (Oniguruma's syntax), or plain text.</param>
    /// <param name="isText">True: <paramref name="pattern"/> is text to be found as it is.</param>
    /// <param name="limit">Most time that one text may take.</param>
    /// <exception cref="FormatException">The pattern uses what is not supported; names it.</exception>
    public CodePointPattern(string pattern, bool isText, TimeSpan limit)
    {
        _limit = limit;
        if (CodePointShadow.IsNeeded(pattern))
            throw new FormatException($"pattern '{pattern}' has a character beyond U+FFFF");
        (string translated, bool repeatsGroup) = isText ? (Regex.Escape(pattern), false) : PatternSyntax.Translate(pattern);
        _regex = Create(translated, repeatsGroup, pattern, limit);
    }

    /// <summary>Matches from left to right, without empty ones, in UTF-16 units of <paramref name="text"/>.</summary>
    /// <exception cref="InvalidRequestException">The pattern takes too long on this text.</exception>
    public List<Section> Matches(ReadOnlySpan<char> text)
    {
        if (!CodePointShadow.IsNeeded(text))
            return Find(text);
        (char[] shadow, int[] starts) = CodePointShadow.Of(text);
        List<Section> found = Find(shadow);
        for (int i = 0; i < found.Count; i++)
            found[i] = new Section(starts[found[i].Start], starts[found[i].End] - starts[found[i].Start]);
        return found;
    }

    private List<Section> Find(ReadOnlySpan<char> text)
    {
        List<Section> found = [];
        long begun = Stopwatch.GetTimestamp();
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(text))
            {
                if (match.Length > 0)
                    found.Add(new Section(match.Index, match.Length));
                if (Stopwatch.GetElapsedTime(begun) > _limit)
                    throw TooSlow(text.Length, null);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(text.Length, e);
        }
        return found;
    }

    private InvalidRequestException TooSlow(int length, Exception? inner) =>
        new($"The tokenizer's pattern '{_regex}' took over {_limit.TotalSeconds} s on a text of {length} characters{(inner is null ? "." : " (it backtracks).")}");

    // Backtracking is ten times faster on the patterns in use; only repeated groups can make it take exponential time.
    private static Regex Create(string translated, bool repeatsGroup, string pattern, TimeSpan limit)
    {
        const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Multiline;
        try
        {
            try
            {
                return new Regex(translated, Options | (repeatsGroup ? RegexOptions.NonBacktracking : RegexOptions.None), limit);
            }
            catch (NotSupportedException)
            {
                // Look-around and atomic groups need backtracking; the time limit guards those.
                return new Regex(translated, Options, limit);
            }
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"pattern '{pattern}' is not supported: {e.Message}", e);
        }
    }
}
