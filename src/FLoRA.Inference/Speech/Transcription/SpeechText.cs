using FLoRA.Inference.Text;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Generated ids to text.</summary>
internal static class SpeechText
{
    /// <summary>The text tokens decoded together; special tokens and times are left out. Bytes that are not UTF-8 become U+FFFD.</summary>
    public static string Of(Tokenizer tokenizer, SpeechVocabulary vocabulary, IEnumerable<int> tokens) => OfAll(tokenizer, tokens.Where(vocabulary.IsText));

    /// <summary>All tokens decoded together, special ones by their names; "" for an id without a token.</summary>
    public static string OfAll(Tokenizer tokenizer, IEnumerable<int> tokens)
    {
        TokenDecoder decoder = new(tokenizer);
        return string.Concat(tokens.Select(decoder.Next)) + decoder.Flush();
    }
}
