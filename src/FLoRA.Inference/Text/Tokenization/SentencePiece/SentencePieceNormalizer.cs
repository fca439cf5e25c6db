using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>
/// What SentencePiece does to a text before it is cut into pieces: rules of replacement, extra spaces, the space before the text, U+2581 for
/// spaces. Pieces that the user defined stay as they are. Thread-safe.
/// </summary>
/// <param name="file">The model.</param>
/// <param name="userDefined">Pieces that no rule touches.</param>
/// <param name="onlyFirst">True: the space is put before a text only where it begins the whole one (transformers' <c>legacy</c> false).</param>
internal sealed class SentencePieceNormalizer(SentencePieceFile file, PieceTrie userDefined, bool onlyFirst) : ITextNormalizer
{
    /// <summary>Stands for a space.</summary>
    public const char SpaceMark = '\u2581';

    // The longest replacement of nmt_nfkc makes 18 characters of one; a file that makes more than this is not honest.
    private const int MostGrowth = 64;

    private readonly CharacterMap? _map = CharacterMap.Parse(file.CharacterMap);

    public string Normalize(string text, TextPlace place)
    {
        if (text.Length == 0)
            return text;
        StringBuilder result = new(text.Length + 8);
        bool afterSpace = file.RemoveExtraSpaces, begun = false;
        if (!file.RemoveExtraSpaces)
            Begin();
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        for (int at = 0; at < utf8.Length;)
        {
            string next = Next(utf8.AsSpan(at), out int length);
            at += length;
            if (afterSpace)
                next = next.TrimStart(' ');
            if (next.Length > 0)
            {
                Begin();
                result.Append(next);
                afterSpace = file.RemoveExtraSpaces && next[^1] == ' ';
            }

            if (result.Length > (text.Length * (long)MostGrowth) + MostGrowth)
                throw new InvalidRequestException($"The tokenizer's precompiled_charsmap makes more than {MostGrowth} characters of one.");
        }

        char space = file.EscapeSpaces ? SpaceMark : ' ';
        result.Replace(' ', space);
        while (file.RemoveExtraSpaces && result.Length > 0 && result[^1] == space)
            result.Length--;
        if (begun && file.AddDummyPrefix && file.SpaceIsSuffix)
            result.Append(space);
        return result.ToString();

        void Begin()
        {
            if (!begun && file.AddDummyPrefix && !file.SpaceIsSuffix && (place == TextPlace.First || (place == TextPlace.Later && !onlyFirst)))
                result.Append(' ');
            begun = true;
        }
    }

    // One step: a user's piece, a rule, or one character as it is.
    private string Next(ReadOnlySpan<byte> utf8, out int length)
    {
        length = userDefined.Longest(utf8, out _);
        if (length == 0 && _map?.Replace(utf8, out length) is { } replaced && length > 0)
            return replaced;
        if (length == 0)
            Rune.DecodeFromUtf8(utf8, out _, out length);
        return Encoding.UTF8.GetString(utf8[..length]);
    }
}
