namespace FLoRA.SemanticKernel;

/// <summary>Names of languages as callers write them ("pt-BR", "PT") and as the model has them ("pt").</summary>
internal static class SpokenLanguage
{
    private const string EnglishCode = "en";

    /// <summary>Whether the language is to be detected.</summary>
    internal static bool IsOpen(string? language) => language is null || string.Equals(language, "auto", StringComparison.OrdinalIgnoreCase);

    /// <summary>The part before the region: "pt" of "pt-BR".</summary>
    internal static string Primary(string language) => language.Split('-', '_')[0];

    internal static bool IsEnglish(string language) => string.Equals(Primary(language), EnglishCode, StringComparison.OrdinalIgnoreCase);

    /// <summary>The model's name of a language; what it does not know comes back as it is, for the message.</summary>
    /// <param name="language">As the caller wrote it.</param>
    /// <param name="known">Languages of the model; empty: English only.</param>
    internal static string InModel(string language, IReadOnlyList<string> known)
    {
        IReadOnlyList<string> codes = known.Count == 0 ? [EnglishCode] : known;
        return codes.FirstOrDefault(code => string.Equals(code, language, StringComparison.OrdinalIgnoreCase))
            ?? codes.FirstOrDefault(code => string.Equals(code, Primary(language), StringComparison.OrdinalIgnoreCase))
            ?? language;
    }

    /// <summary>The adapter of a language: of its own entry, else of that without the region; null: none.</summary>
    internal static string? AdapterOf(string language, IReadOnlyDictionary<string, string> adapters) => Find(language, adapters) ?? Find(Primary(language), adapters);

    private static string? Find(string language, IReadOnlyDictionary<string, string> adapters) =>
        adapters.FirstOrDefault(entry => string.Equals(entry.Key, language, StringComparison.OrdinalIgnoreCase)).Value;
}
