using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.SemanticKernel;

/// <summary>What a tool call can choose from, as it is registered at that moment.</summary>
/// <param name="model">The base model.</param>
/// <param name="adapters">The adapters.</param>
/// <param name="requiresAdapter">True: the base model is not to be had by itself.</param>
internal sealed class AdapterCatalog(ModelInfo model, IReadOnlyList<AdapterInfo> adapters, bool requiresAdapter)
{
    /// <summary>What stands for the base model where a name of an adapter is asked for.</summary>
    private const string BaseName = "base";

    private readonly AdapterInfo[] _adapters = [.. adapters.OrderBy(a => a.Name, StringComparer.Ordinal)];

    private string[] Names => [.. _adapters.Select(a => a.Name)];

    /// <summary>An adapter by its name; null: the base model, by "base" or no name. An adapter that is called "base" wins.</summary>
    /// <exception cref="AdapterNotFoundException">There is none of that name.</exception>
    /// <exception cref="InvalidRequestException">The base model is not to be had.</exception>
    internal string? Named(string? name)
    {
        string wanted = name?.Trim() ?? "";
        if (Names.Contains(wanted))
            return wanted;
        if (wanted is not ("" or BaseName))
            throw new AdapterNotFoundException(wanted, Names);
        return requiresAdapter ? throw new InvalidRequestException($"the base model is not offered by itself; name an adapter. Adapters: {List(Names)}.") : null;
    }

    /// <summary>
    /// The adapter that is named, else the one for the language: of several the one with most parameters, then by name. Null: the
    /// base model, where its own card lists the language.
    /// </summary>
    /// <exception cref="AdapterNotFoundException">There is none of that name.</exception>
    /// <exception cref="InvalidRequestException">There is nothing for that language, or the base model is not to be had.</exception>
    internal string? Choose(string? language, string? name)
    {
        if (!string.IsNullOrWhiteSpace(name))
            return Named(name);
        if (string.IsNullOrWhiteSpace(language))
            throw new InvalidRequestException($"'language' is empty. {Offer}");
        if (_adapters.Where(a => IsFor(a.Card, language)).MaxBy(a => a.ParameterCount) is { } adapter)
            return adapter.Name;
        return !requiresAdapter && IsFor(model.Card, language) ? null : throw NothingFor(language);
    }

    /// <summary>A line for the base model and one for each adapter.</summary>
    /// <param name="language">Only those for this language; null or empty: all.</param>
    /// <exception cref="InvalidRequestException">There is nothing for that language.</exception>
    internal string Describe(string? language)
    {
        bool isFiltered = !string.IsNullOrWhiteSpace(language);
        List<string> lines = [.. _adapters.Where(a => !isFiltered || IsFor(a.Card, language!)).Select(a => Line(a.Name, a.Card, Kind(a)))];
        if (!isFiltered || (!requiresAdapter && IsFor(model.Card, language!)))
            lines.Insert(0, Line(requiresAdapter ? $"(model {model.Id})" : BaseName, model.Card, requiresAdapter ? "base model, only with an adapter" : $"base model {model.Id}, without an adapter"));
        if (!isFiltered && _adapters.Length == 0)
            lines.Add("There are no adapters.");
        return lines.Count == 0 ? throw NothingFor(language!) : string.Join('\n', lines);
    }

    private InvalidRequestException NothingFor(string language) => new($"there is no adapter for the language '{language.Trim()}'. {Offer}");

    private string Offer
    {
        get
        {
            IEnumerable<FolderCard> cards = _adapters.Select(a => a.Card);
            string[] languages = [.. (requiresAdapter ? cards : cards.Append(model.Card)).SelectMany(card => card.Languages).Select(LanguageNames.Of).Distinct()];
            return languages.Length > 0
                ? $"Languages: {List(languages)}. Give one of these, or name an adapter: {List(Names)}."
                : $"No adapter says what language it is for; name an adapter: {List(requiresAdapter ? Names : [BaseName, .. Names])}.";
        }
    }

    private static bool IsFor(FolderCard card, string language) => card.Languages.Select(LanguageNames.Of).Contains(LanguageNames.Of(language));

    private static string Line(string name, FolderCard card, string kind) =>
        $"{name} | {card.Description ?? "no description"} | languages: {(card.Languages.Count == 0 ? "not said" : string.Join(", ", card.Languages))} | {kind}";

    private static string Kind(AdapterInfo adapter)
    {
        string kind = adapter.Kind.ToString().ToLowerInvariant();
        return adapter.Kind == AdapterKind.Ia3 ? kind : $"{kind}, rank {adapter.Rank}";
    }

    private static string List(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));
}
