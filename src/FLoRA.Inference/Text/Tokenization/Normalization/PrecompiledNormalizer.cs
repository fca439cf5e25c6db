using System.Globalization;
using System.Text;
using FLoRA.Inference.Text.Tokenization.SentencePiece;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// SentencePiece's compiled rules as the tokenizers library applies them: a short grapheme for which there is a rule becomes that rule's text whole,
/// else each of its characters by itself. The rule of the shortest beginning counts, where SentencePiece takes the longest. Thread-safe.
/// </summary>
internal sealed class PrecompiledNormalizer(CharacterMap map) : ITextNormalizer
{
    // A grapheme of more bytes is never looked up as a whole.
    private const int LongestWhole = 5;

    /// <summary>The longest text that nmt_nfkc makes of one character (U+FDFA); a file that makes more is not honest.</summary>
    public const int MostGrowth = 18;

    public string Normalize(string text, TextPlace place)
    {
        StringBuilder result = new(text.Length);
        Span<byte> utf8 = stackalloc byte[LongestWhole + 1];
        for (int at = 0; at < text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            ReadOnlySpan<char> grapheme = text.AsSpan(at, length);
            at += length;
            if (Encoding.UTF8.TryGetBytes(grapheme, utf8, out int byteCount) && byteCount <= LongestWhole && map.ReplaceShortest(utf8[..byteCount]) is { } whole)
            {
                result.Append(whole);
            }
            else
            {
                foreach (Rune rune in grapheme.EnumerateRunes())
                    result.Append(map.ReplaceShortest(utf8[..rune.EncodeToUtf8(utf8)]) ?? rune.ToString());
            }

            if (result.Length > MostGrowth * (at + 1L))
                throw new InvalidRequestException($"The tokenizer's precompiled_charsmap makes more than {MostGrowth} characters of one.");
        }

        return result.ToString();
    }
}

/// <summary>Takes white space off the ends of a text.</summary>
internal sealed class StrippingNormalizer(bool left, bool right) : ITextNormalizer
{
    public string Normalize(string text, TextPlace place)
    {
        string start = left ? text.TrimStart() : text;
        return right ? start.TrimEnd() : start;
    }
}
