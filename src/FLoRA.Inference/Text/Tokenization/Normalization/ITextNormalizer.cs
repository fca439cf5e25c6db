namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Where a text between added tokens stands.</summary>
internal enum TextPlace
{
    /// <summary>It begins the whole text.</summary>
    First,

    /// <summary>It follows an added token.</summary>
    Later,

    /// <summary>It goes on from something that is not there: nothing is put before it.</summary>
    Continued,
}

/// <summary>A change of the text between added tokens, before it is cut into pieces. Thread-safe.</summary>
internal interface ITextNormalizer
{
    /// <summary>The changed text.</summary>
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="place">Where it stands.</param>
    /// <exception cref="InvalidRequestException">A pattern takes too long on it.</exception>
    string Normalize(string text, TextPlace place);
}

/// <summary>NFC.</summary>
internal sealed class ComposingNormalizer : ITextNormalizer
{
    public string Normalize(string text, TextPlace place) => CanonicalComposition.Compose(text);
}

/// <summary>NFD, NFKC or NFKD.</summary>
internal sealed class FormNormalizer(bool compatibility, bool compose) : ITextNormalizer
{
    public string Normalize(string text, TextPlace place) => CanonicalComposition.Normalize(text, compatibility, compose);
}

/// <summary>Puts a text before every text that is not empty.</summary>
internal sealed class PrependingNormalizer(string prefix) : ITextNormalizer
{
    public string Normalize(string text, TextPlace place) => text.Length == 0 || place == TextPlace.Continued ? text : prefix + text;
}

/// <summary>Several in a row.</summary>
internal static class TextNormalizers
{
    /// <summary>The text after all of them.</summary>
    /// <exception cref="InvalidRequestException">Their patterns take too long on it.</exception>
    public static string Apply(this IReadOnlyList<ITextNormalizer> normalizers, string text, TextPlace place)
    {
        EncodingRun run = new(text.Length, null);
        return normalizers.Aggregate(text, (changed, normalizer) =>
        {
            changed = normalizer.Normalize(changed, place);
            run.CheckTime();
            return changed;
        });
    }
}
