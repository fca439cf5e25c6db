using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Cuts numbers (Unicode category N) from the rest: each digit a piece, or each run of them.</summary>
internal sealed class DigitPreTokenizer(bool individual) : IPreTokenizer
{
    public void Cut(ReadOnlySpan<char> text, int offset, List<Section> pieces)
    {
        int start = 0, at = 0;
        bool previous = false;
        while (at < text.Length)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            bool digit = Rune.IsNumber(rune);
            if (at > start && (digit != previous || (digit && individual)))
            {
                pieces.Add(new Section(offset + start, at - start));
                start = at;
            }
            previous = digit;
            at += length;
        }
        if (at > start)
            pieces.Add(new Section(offset + start, at - start));
    }
}
