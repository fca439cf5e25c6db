using System.Text.Json;
using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>
/// Qwen's sliding windows: <c>sliding_window</c> counts only with <c>use_sliding_window</c>; then <c>layer_types</c> says which layers
/// slide, or without it those from <c>max_window_layers</c> on.
/// </summary>
internal static class QwenWindows
{
    /// <summary>Window of each layer, or null where all layers attend in full.</summary>
    /// <exception cref="ModelLoadException">A key is bad or missing, or a layer is to slide without a window.</exception>
    public static IReadOnlyList<int?>? Read(ConfigSection config)
    {
        var layerCount = config.Count("num_hidden_layers", SizeLimits.Layers);
        var sliding = LayerTypes.ReadSliding(config, layerCount);
        if (!config.Flag("use_sliding_window", absent: false))
        {
            if (sliding is not null && sliding.Contains(true))
                throw config.Problem("'layer_types' has sliding_attention, but 'use_sliding_window' is not true");
            return null;
        }

        var window = config.Count("sliding_window", SizeLimits.Positions);
        sliding ??= FromLayer(FirstSliding(config), layerCount);
        return [.. sliding.Select(s => s ? window : (int?)null)];
    }

    private static bool[] FromLayer(int first, int layerCount) => [.. Enumerable.Range(0, layerCount).Select(i => i >= first)];

    /// <summary>0 is allowed: then every layer slides.</summary>
    private static int FirstSliding(ConfigSection config)
    {
        const string key = "max_window_layers";
        if (config.Element(key) is not { } value)
            throw config.Problem($"'{key}' and 'layer_types' are missing; expected one of them, as 'use_sliding_window' is true");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var first) && first >= 0
            ? first
            : throw config.Unexpected(key, value, "a number of layers, 0 or more");
    }
}
