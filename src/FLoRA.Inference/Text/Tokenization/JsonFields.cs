using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Strict reading of tokenizer files. A field of another type than expected is a <see cref="FormatException"/> that names it.</summary>
internal static class JsonFields
{
    /// <summary>One file of a folder, an object without a name twice; null: there is no such file.</summary>
    public static JsonElement? ReadObject(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new FormatException($"{name} is {document.RootElement.ValueKind}, expected Object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{name} is no JSON: {e.Message}", e);
        }
    }

    /// <summary>The field if it is there and not null.</summary>
    public static JsonElement? Optional(this JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The field, of that kind.</summary>
    public static JsonElement Required(this JsonElement parent, string name, JsonValueKind kind) => parent.Optional(name) switch
    {
        null => throw new FormatException($"field '{name}' is missing"),
        { } value when value.ValueKind != kind => throw new FormatException($"field '{name}' is {value.ValueKind}, expected {kind}"),
        { } value => value,
    };

    /// <summary>A text.</summary>
    public static string Text(this JsonElement parent, string name) => parent.Required(name, JsonValueKind.String).GetString()!;

    /// <summary>The <c>type</c> of a part; "none" if there is no part.</summary>
    public static string TypeOf(JsonElement? part) => part?.Text("type") ?? "none";

    /// <summary>The parts of a part: those of a "Sequence", listed under <paramref name="list"/>, or itself; none if there is no part.</summary>
    /// <exception cref="FormatException">There are too many: each goes through every text, and a regular expression may take a megabyte.</exception>
    public static JsonElement[] Parts(JsonElement? part, string list)
    {
        if (TypeOf(part) != "Sequence")
            return part is { } only ? [only] : [];
        JsonElement parts = part!.Value.Required(list, JsonValueKind.Array);
        return parts.GetArrayLength() <= MostParts ? [.. parts.EnumerateArray()] : throw new FormatException($"{list} has {parts.GetArrayLength()} parts, at most {MostParts} are supported");
    }

    /// <summary>A flag; <paramref name="missing"/> if it is not there.</summary>
    public static bool Flag(this JsonElement parent, string name, bool missing) => parent.Optional(name) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw new FormatException($"field '{name}' is {value.ValueKind}, expected true or false"),
    };

    /// <summary>An id.</summary>
    public static int Id(this JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id is >= 0 and < MaxId
            ? id
            : throw new FormatException($"the id of {what} is {value}, expected a whole number from 0 to {MaxId - 1}");

    private const int MostParts = 64;

    // Far above any real vocabulary; the table of ids is an array.
    private const int MaxId = 1 << 24;
}
