using CodeAgent.Languages;

namespace CodeAgent.Agent;

/// <summary>The model and the adapters that the options mean.</summary>
/// <param name="Model">Model folder.</param>
/// <param name="Adapters">Adapter name -> folder: those that some language uses.</param>
/// <param name="ByLanguage">Language id -> adapter name; a missing language works on the base model.</param>
internal sealed record ModelChoice(string Model, IReadOnlyDictionary<string, string> Adapters, IReadOnlyDictionary<string, string> ByLanguage)
{
    /// <summary>tinycoder's adapters go with tinycoder only: a model of the user's own has those of --adapters, or none.</summary>
    /// <exception cref="UsageException">A folder does not exist.</exception>
    public static ModelChoice Make(AgentOptions options, EmbeddedModel embedded, IReadOnlyList<Language> languages)
    {
        string model = options.Model ?? embedded.Model;
        if (!File.Exists(Path.Combine(model, "config.json")))
            throw new UsageException($"The model folder '{model}' does not exist or has no config.json.");
        string? folder = options.Adapters ?? (options.Model is null ? embedded.Adapters : null);
        if (options.Base || folder is null)
            return new ModelChoice(model, new Dictionary<string, string>(), new Dictionary<string, string>());
        IReadOnlyDictionary<string, string> byLanguage = AdapterFolders.Choose(folder, languages);
        return new ModelChoice(model, byLanguage.Values.Distinct().ToDictionary(name => name, name => Path.Combine(folder, name)), byLanguage);
    }
}
