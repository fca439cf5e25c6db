using CodeAgent.Languages;

namespace CodeAgent.Agent;

/// <summary>Chooses an adapter per language from a folder of adapters.</summary>
internal static class AdapterFolders
{
    /// <summary>Suffix of the adapters that are taken first.</summary>
    public const string Preferred = "-flora-r4";

    /// <summary>Language id -> name of its sub-folder; a language without one is missing and works on the base model.</summary>
    /// <exception cref="UsageException">The folder does not exist.</exception>
    public static IReadOnlyDictionary<string, string> Choose(string folder, IReadOnlyList<Language> languages)
    {
        if (!Directory.Exists(folder))
            throw new UsageException($"The folder of adapters '{folder}' does not exist.");
        string[] names = [.. Directory.EnumerateDirectories(folder).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        var chosen = new Dictionary<string, string>();
        foreach (Language language in languages)
        {
            if (Choose(names, language.Id) is { } name)
                chosen[language.Id] = name;
        }
        return chosen;
    }

    private static string? Choose(string[] names, string id) =>
        names.FirstOrDefault(n => n == id + Preferred)
        ?? names.FirstOrDefault(n => n == id)
        ?? names.FirstOrDefault(n => n.StartsWith(id + "-", StringComparison.Ordinal));
}
