using System.Text.Json;

namespace FLoRA.Benchmarks.Baselines;

/// <summary>The values of a result under names that stay the same when a list is in another order.</summary>
internal static class Leaves
{
    private static readonly string[][] Identities = [["kind", "rank", "rate", "requests", "adapters"], ["lora"], ["adapter"]];

    /// <summary>Every number, text, truth value and null.</summary>
    /// <param name="element">An object.</param>
    /// <param name="without">Fields of it that are left out.</param>
    public static IReadOnlyDictionary<string, JsonElement> Of(JsonElement element, params string[] without)
    {
        var leaves = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject().Where(property => !without.Contains(property.Name)))
            Add(leaves, property.Name, property.Value);
        return leaves;
    }

    private static void Add(Dictionary<string, JsonElement> leaves, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                    Add(leaves, $"{name}.{property.Name}", property.Value);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                    Add(leaves, $"{name}[{Identity(item) ?? index.ToString(System.Globalization.CultureInfo.InvariantCulture)}]", item, index++);
                break;
            default:
                leaves[name] = value;
                break;
        }
    }

    /// <summary>Two items of the same identity keep their places apart.</summary>
    private static void Add(Dictionary<string, JsonElement> leaves, string name, JsonElement item, int index) =>
        Add(leaves, leaves.Keys.Any(known => known.StartsWith(name, StringComparison.Ordinal)) ? $"{name[..^1]} #{index}]" : name, item);

    private static string? Identity(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
            return null;
        string[]? fields = Identities.FirstOrDefault(names => item.TryGetProperty(names[0], out _));
        if (fields is null)
            return null;
        IEnumerable<string> known = fields.Where(name => item.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null).Select(Text);
        return string.Join(", ", known) is { Length: > 0 } text ? text : "base";

        string Text(string name) => item.GetProperty(name).ValueKind == JsonValueKind.String ? item.GetProperty(name).GetString()! : $"{name} {item.GetProperty(name)}";
    }
}
