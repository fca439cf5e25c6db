using System.Text;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Text;

/// <summary>
/// Ids to text, one at a time: each call gives out all code points that are complete and no part of one. Bytes that are not
/// UTF-8 become U+FFFD as in <see cref="Tokenizer.Decode"/>, so the joined pieces and the flush equal the whole decoded at once. For one
/// stream; not thread-safe.
/// </summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="startsText">
/// True: the ids are a text of their own, so a space that belongs to the tokenizer goes from its start. False: they go on from a text.
/// </param>
internal sealed class TokenDecoder(Tokenizer tokenizer, bool startsText = true)
{
    private readonly Decoder _utf8 = tokenizer.Table.Encoding.GetDecoder();
    private LeadingSpaceTrimmer _space = startsText ? tokenizer.Table.StartText() : new LeadingSpaceTrimmer(LeadingSpace.Kept, _ => true);

    /// <summary>Text that is complete with <paramref name="id"/>; "" within a code point and for an id without a token.</summary>
    public string Next(int id) => Convert(_space.Next(id, tokenizer.BytesOfGenerated(id)), flush: false);

    /// <summary>The stream ends here: U+FFFD for a code point that was cut, else "".</summary>
    public string Flush() => Convert([], flush: true);

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        int length = _utf8.GetCharCount(bytes, flush);
        if (length == 0 && bytes.IsEmpty)
            return "";
        // A char per byte and one for what was pending bound the text; tokens are short.
        char[] text = new char[length];
        int written = _utf8.GetChars(bytes, text, flush);
        return written == 0 ? "" : new string(text, 0, written);
    }
}
