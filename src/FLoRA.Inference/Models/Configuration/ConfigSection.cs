using System.Text.Json;

namespace FLoRA.Inference.Models.Configuration;

/// <summary>
/// A JSON object of a model folder, read strictly: every accessor names key, expected and got. A null value counts as absent,
/// as in the files that transformers writes.
/// </summary>
internal sealed class ConfigSection(string folder, string place, JsonElement element)
{
    private const int ShownCharacters = 80;

    /// <summary>Keys in the order of the file, those with a null value left out.</summary>
    public IEnumerable<string> Keys => element.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => p.Name);

    /// <summary>The exception that refuses the folder for what is wrong here.</summary>
    public ModelLoadException Problem(string problem) => new(folder, $"{place}: {problem}");

    /// <summary>The raw value, or null where it is absent or null.</summary>
    public JsonElement? Element(string key) =>
        element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Whether the key has a value.</summary>
    public bool Has(string key) => Element(key) is not null;

    /// <summary>A required integer from 1 to <paramref name="largest"/>.</summary>
    public int Count(string key, int largest) => OptionalCount(key, largest) ?? throw Missing(key, $"an integer from 1 to {largest}");

    /// <summary>An integer from 1 to <paramref name="largest"/>, or null where the key is absent.</summary>
    public int? OptionalCount(string key, int largest)
    {
        if (Element(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 1 && count <= largest)
            return count;
        throw Unexpected(key, value, $"an integer from 1 to {largest}");
    }

    /// <summary>true, false, or the default where the key is absent.</summary>
    public bool Flag(string key, bool absent) => Element(key) is not { } value ? absent : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Unexpected(key, value, "true or false"),
    };

    /// <summary>A finite number above 0, or the default where the key is absent; without a default the key is required.</summary>
    public double Positive(string key, double? absent = null)
    {
        const string expected = "a finite number above 0";
        if (Element(key) is not { } value)
            return absent ?? throw Missing(key, expected);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) && number > 0)
            return number;
        throw Unexpected(key, value, expected);
    }

    /// <summary>A string, or null where the key is absent.</summary>
    public string? Text(string key) => Element(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Unexpected(key, value, "a string");

    /// <summary>A list of strings, or null where the key is absent.</summary>
    public IReadOnlyList<string>? Texts(string key)
    {
        if (Element(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
            throw Unexpected(key, value, "a list of strings");
        return [.. value.EnumerateArray().Select(e => e.GetString()!)];
    }

    /// <summary>An object inside this one, or null where the key is absent.</summary>
    public ConfigSection? Section(string key) => Element(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigSection(folder, $"{place}: {key}", value)
        : throw Unexpected(key, value, "an object");

    /// <summary>Refuses a value of the wrong type or out of range.</summary>
    public ModelLoadException Unexpected(string key, JsonElement value, string expected) =>
        Problem($"'{key}' is {Show(value)}; expected {expected}");

    /// <summary>Refuses a value that is understood but not computed by the engine.</summary>
    public ModelLoadException Unsupported(string key, string supported) =>
        Problem($"'{key}' is {(Element(key) is { } value ? Show(value) : "absent")}, which is not supported; supported: {supported}");

    private ModelLoadException Missing(string key, string expected) => Problem($"'{key}' is missing; expected {expected}");

    private static string Show(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= ShownCharacters ? text : $"{text[..ShownCharacters]}...";
    }
}
