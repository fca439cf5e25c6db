using System.Text.Json;
using FLoRA.Inference.Text.Tokenization.SentencePiece;

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
        double growth = parts.Aggregate(1.0, (growth, part) => growth * GrowthOf(part));
        return growth <= LongestContent ? normalizers : throw new FormatException($"its normalizers make up to {growth} characters of one, at most {LongestContent} are supported");
    }

    private static ITextNormalizer Part(JsonElement part)
    {
        switch (JsonFields.TypeOf(part))
        {
            case "NFC":
                return new ComposingNormalizer();
            case "NFD":
                return new FormNormalizer(compatibility: false, compose: false);
            case "NFKC":
                return new FormNormalizer(compatibility: true, compose: true);
            case "NFKD":
                return new FormNormalizer(compatibility: true, compose: false);
            case "Precompiled":
                return Precompiled(part);
            case "Strip":
                return new StrippingNormalizer(part.Flag("strip_left", missing: true), part.Flag("strip_right", missing: true));
            case "Prepend":
                return new PrependingNormalizer(Short(part.Text("prepend"), "Prepend"));
            case "Replace":
                return new ReplacingNormalizer(PatternReader.Read(part, "normalizer Replace"), Short(part.Text("content"), "Replace"));
            case var type:
                throw new FormatException($"normalizer {type} is not supported; NFC, NFD, NFKC, NFKD, Precompiled, Prepend, Replace and Strip are");
        }
    }

    private static double GrowthOf(JsonElement part) => JsonFields.TypeOf(part) switch
    {
        "Replace" => Math.Max(1, part.Text("content").Length),
        "NFKC" or "NFKD" or "Precompiled" => PrecompiledNormalizer.MostGrowth,
        _ => 1,
    };

    private static ITextNormalizer Precompiled(JsonElement part) =>
        (part.Required("precompiled_charsmap", JsonValueKind.String).TryGetBytesFromBase64(out byte[]? map) ? CharacterMap.Parse(map) : throw new FormatException("precompiled_charsmap is no Base64")) is { } rules
            ? new PrecompiledNormalizer(rules)
            : new StrippingNormalizer(left: false, right: false);

    private static string Short(string content, string type) => content.Length <= LongestContent
        ? content
        : throw new FormatException($"normalizer {type} writes {content.Length} characters, at most {LongestContent} are supported");
}
