using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// .NET matches regular expressions over UTF-16 units, in which a letter beyond U+FFFF is two surrogates and no letter. So a
/// text with such characters is matched as its shadow: one unit per code point, where each of them is replaced by a rare
/// character of its own category below U+FFFF. The patterns cannot tell the two apart (see <see cref="IsReplacement"/>).
/// </summary>
internal static class CodePointShadow
{
    /// <summary>True if <paramref name="text"/> has surrogates.</summary>
    public static bool IsNeeded(ReadOnlySpan<char> text) => text.IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;

    /// <summary>Shadow [n code points], and where each code point begins in <paramref name="text"/> [n + 1, with the end].</summary>
    public static (char[] Shadow, int[] Starts) Of(ReadOnlySpan<char> text)
    {
        List<char> shadow = new(text.Length);
        List<int> starts = new(text.Length + 1);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            starts.Add(at);
            shadow.Add(rune.IsBmp ? (char)rune.Value : Replacement(Rune.GetUnicodeCategory(rune)));
            at += length;
        }
        starts.Add(text.Length);
        return ([.. shadow], [.. starts]);
    }

    /// <summary>True if a pattern that names this range of characters would find a replacement in it.</summary>
    public static bool IsReplacement(char first, char last) => Enum.GetValues<UnicodeCategory>().Any(category => Replacement(category) is var c && c >= first && c <= last);

    private static char Replacement(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA640',
        UnicodeCategory.LowercaseLetter => '\uA641',
        UnicodeCategory.ModifierLetter => '\uA9CF',
        UnicodeCategory.OtherLetter => '\uA882',
        UnicodeCategory.NonSpacingMark => '\uA8C4',
        UnicodeCategory.SpacingCombiningMark => '\uA880',
        UnicodeCategory.DecimalDigitNumber => '\uA8D0',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.Format => '\uFFF9',
        UnicodeCategory.PrivateUse => '\uF8FE',
        UnicodeCategory.DashPunctuation => '\uFE58',
        UnicodeCategory.OtherPunctuation => '\uA8CE',
        UnicodeCategory.MathSymbol => '\uFB29',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA828',
        // Of no other category lies anything beyond U+FFFF (Unicode 16), but what is not assigned.
        _ => '\uFFFE',
    };
}
