using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// GPT-2's pattern <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> (Radford et al. 2019),
/// by hand: over code points, so that letters beyond U+FFFF are letters, and in one pass without backtracking.
/// </summary>
internal sealed class Gpt2PreTokenizer : IPreTokenizer
{
    private enum Kind { Letter, Number, Space, Other }

    public void Cut(ReadOnlySpan<char> text, int offset, List<Section> pieces)
    {
        int at = 0;
        while (at < text.Length)
        {
            int length = Next(text[at..]);
            pieces.Add(new Section(offset + at, length));
            at += length;
        }
    }

    private static int Next(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is var contraction and > 0)
            return contraction;
        int blank = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        Kind kind = KindAt(text, blank, out int length);
        if (kind == Kind.Space)
            return Spaces(text);
        int end = blank + length;
        while (end < text.Length && KindAt(text, end, out length) == kind)
            end += length;
        return end;
    }

    // A run of whitespace leaves its last character to what follows it, if there is more than one.
    private static int Spaces(ReadOnlySpan<char> text)
    {
        int end = 0, last = 0;
        while (end < text.Length && KindAt(text, end, out int length) == Kind.Space)
            (last, end) = (end, end + length);
        return end == text.Length || last == 0 ? end : last;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text[0] != '\'' || text.Length < 2)
            return 0;
        if (text[1] is 's' or 't' or 'm' or 'd')
            return 2;
        return text.Length > 2 && text[1..3] is "re" or "ve" or "ll" ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        return Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : Rune.IsNumber(rune) ? Kind.Number
            : Kind.Other;
    }
}
