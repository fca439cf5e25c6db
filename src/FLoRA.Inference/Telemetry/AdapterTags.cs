namespace FLoRA.Inference.Telemetry;

/// <summary>
/// Names of adapters as values of a tag, of which a metrics backend keeps a series each: the first names have their own, all later ones share one. Engine thread only.
/// </summary>
/// <param name="most">Names that have their own.</param>
internal sealed class AdapterTags(int most)
{
    /// <summary>Name of the tag.</summary>
    public const string Name = "flora.adapter.id";

    /// <summary>The base model's value, and that of the names beyond the bound.</summary>
    public const string Base = "(base)", Other = "(other)";

    private static readonly KeyValuePair<string, object?> OfBase = new(Name, Base), OfOther = new(Name, Other);

    private readonly Dictionary<string, KeyValuePair<string, object?>> _own = new(StringComparer.Ordinal);

    /// <summary>The tag of a request.</summary>
    /// <param name="adapter">Name of a registered adapter; null: base.</param>
    public KeyValuePair<string, object?> Of(string? adapter)
    {
        if (adapter is null)
            return OfBase;
        if (_own.TryGetValue(adapter, out KeyValuePair<string, object?> tag))
            return tag;
        if (_own.Count == most)
            return OfOther;
        _own.Add(adapter, tag = new(Name, adapter));
        return tag;
    }
}
