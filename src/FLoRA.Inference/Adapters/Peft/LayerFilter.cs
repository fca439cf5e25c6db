using System.Globalization;
using System.Text.Json;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>PEFT's <c>layers_to_transform</c> and <c>layers_pattern</c>: only modules in these layers, by the first number in the path.</summary>
internal sealed class LayerFilter
{
    private const string IndexGroup = "layerIndex";
    private readonly HashSet<int> _layers;
    private readonly IReadOnlyList<StrangerPattern> _patterns;

    private LayerFilter(HashSet<int> layers, IReadOnlyList<StrangerPattern> patterns)
    {
        _layers = layers;
        _patterns = patterns;
    }

    /// <summary>Reads both options; null where no layer is chosen.</summary>
    public static LayerFilter? Read(PeftOptions options, ProblemList problems)
    {
        // Without layers PEFT ignores the pattern.
        var patternValue = options.Value("layers_pattern");
        if (options.Value("layers_to_transform") is not { } value)
            return null;
        var layers = new HashSet<int>();
        foreach (var item in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var layer) && layer >= 0)
            {
                layers.Add(layer);
                continue;
            }

            problems.Add($"layers_to_transform is {PeftOptions.Shown(value)}; expected a layer number or a list of them");
            return null;
        }

        return layers.Count == 0 ? null : new LayerFilter(layers, ReadPatterns(patternValue, options.Patterns, problems));
    }

    /// <summary>Whether the module lies in one of the layers.</summary>
    public bool Contains(string path)
    {
        foreach (var pattern in _patterns)
        {
            if (pattern.Match(path) is { Success: true } match)
                return int.TryParse(match.Groups[IndexGroup].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) && _layers.Contains(layer);
        }

        return false;
    }

    private static StrangerPattern[] ReadPatterns(JsonElement? value, PatternBudget budget, ProblemList problems)
    {
        const string anyName = @"[^.]*";
        var patterns = value switch
        {
            null => [anyName],
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(p => p.ValueKind == JsonValueKind.String) =>
                many.EnumerateArray().Select(p => p.GetString()!).ToArray(),
            _ => null,
        };
        if (patterns is null)
        {
            problems.Add($"layers_pattern is {PeftOptions.Shown(value!.Value)}; expected a name or a list of names");
            return [];
        }

        if (patterns is [] or [""])
            patterns = [anyName];
        return [.. patterns
            .Select(p => StrangerPattern.Compile("layers_pattern", @"\A.*?\.", p, $@"\.(?<{IndexGroup}>[0-9]+)\.", budget, problems))
            .OfType<StrangerPattern>()];
    }
}
