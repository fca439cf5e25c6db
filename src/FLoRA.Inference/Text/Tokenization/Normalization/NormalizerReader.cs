using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Reads the <c>normalizer</c> of tokenizer.json.</summary>
internal static class NormalizerReader
{
    // Real ones write one character.
    private const int LongestContent = 64;

    /// <exception cref="FormatException">Names the part that is not supported.</exception>
    public static IReadOnlyList<ITextNormalizer> Read(JsonElement? normalizer)
    {
        JsonElement[] parts = JsonFields.Parts(normalizer, "normalizers");
        ITextNormalizer[] normalizers = [.. parts.Select(Part)];
        // One after the other they multiply.
        double growth = parts.Where(part => JsonFields.TypeOf(part) == "Replace").Aggregate(1.0, (growth, part) => growth * Math.Max(1, part.Text("content").Length));
        return growth <= LongestContent ? normalizers : throw new FormatException($"its normalizers make up to {growth} characters of one, at most {LongestContent} are supported");
    }

    private static ITextNormalizer Part(JsonElement part)
    {
        switch (JsonFields.TypeOf(part))
        {
            case "NFC":
                return new ComposingNormalizer();
            case "Prepend":
                return new PrependingNormalizer(Short(part.Text("prepend"), "Prepend"));
            case "Replace":
                return new ReplacingNormalizer(PatternReader.Read(part, "normalizer Replace"), Short(part.Text("content"), "Replace"));
            case var type:
                throw new FormatException($"normalizer {type} is not supported; NFC, Prepend and Replace are");
        }
    }

    private static string Short(string content, string type) => content.Length <= LongestContent
        ? content
        : throw new FormatException($"normalizer {type} writes {content.Length} characters, at most {LongestContent} are supported");
}
