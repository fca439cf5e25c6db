using System.Text.Json;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>JSON as templates see it: Python's json.loads.</summary>
internal static class JsonValues
{
    /// <summary>The value of an element; its depth is what the JSON reader allowed.</summary>
    public static Value Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        JsonValueKind.String => new TextValue(element.GetString()!),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? new IntegerValue(whole) : new RealValue(element.GetDouble()),
        JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(Of)]),
        JsonValueKind.Object => MapOf(element),
        _ => NoneValue.Instance,
    };

    private static MapValue MapOf(JsonElement element)
    {
        Dictionary<string, Value> fields = [];
        foreach (JsonProperty field in element.EnumerateObject())
            fields[field.Name] = Of(field.Value);
        return MapValue.Of(fields);
    }
}
