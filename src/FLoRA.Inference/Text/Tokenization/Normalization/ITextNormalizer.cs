namespace FLoRA.Inference.Text.Tokenization;

/// <summary>A change of the text between added tokens, before it is cut into pieces. Thread-safe.</summary>
internal interface ITextNormalizer
{
    /// <summary>The changed text.</summary>
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="first">It begins the whole text.</param>
    /// <exception cref="InvalidRequestException">A pattern takes too long on it.</exception>
    string Normalize(string text, bool first);
}

/// <summary>NFC.</summary>
internal sealed class ComposingNormalizer : ITextNormalizer
{
    public string Normalize(string text, bool first) => CanonicalComposition.Compose(text);
}

/// <summary>Puts a text before every text that is not empty.</summary>
internal sealed class PrependingNormalizer(string prefix) : ITextNormalizer
{
    public string Normalize(string text, bool first) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Several in a row.</summary>
internal static class TextNormalizers
{
    /// <summary>The text after all of them.</summary>
    public static string Apply(this IReadOnlyList<ITextNormalizer> normalizers, string text, bool first) =>
        normalizers.Aggregate(text, (changed, normalizer) => normalizer.Normalize(changed, first));
}
