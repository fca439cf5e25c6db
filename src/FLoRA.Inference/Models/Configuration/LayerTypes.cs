namespace FLoRA.Inference.Models.Configuration;

/// <summary>Which layers attend within a sliding window: transformers' <c>layer_types</c>.</summary>
internal static class LayerTypes
{
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>
    /// Per layer whether it slides, or null where <c>layer_types</c> is absent.
    /// </summary>
    /// <exception cref="ModelLoadException">The list has not one entry per layer, or names another kind of attention.</exception>
    public static IReadOnlyList<bool>? ReadSliding(ConfigSection config, int layerCount)
    {
        if (config.Texts("layer_types") is not { } types)
            return null;
        if (types.Count != layerCount)
            throw config.Problem($"'layer_types' has {types.Count} entries; expected one per layer, {layerCount}");
        if (types.FirstOrDefault(t => t is not (Full or Sliding)) is { } other)
            throw config.Problem($"'layer_types' has '{other}', which is not supported; supported: {Full}, {Sliding}");
        return [.. types.Select(t => t == Sliding)];
    }

    /// <summary>Refuses <c>layer_types</c> other than <paramref name="slides"/> for every layer, in families that do not read them.</summary>
    /// <exception cref="ModelLoadException">Some layer is listed otherwise.</exception>
    public static void RequireAll(ConfigSection config, int layerCount, bool slides)
    {
        if (ReadSliding(config, layerCount) is { } sliding && sliding.Any(s => s != slides))
            throw config.Unsupported("layer_types", $"{(slides ? Sliding : Full)} in every layer of this family");
    }
}
