using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.Cli.Requests;

/// <summary>
/// Reads the fields of a request strictly: a wrong type and an unknown name are errors, all of them told together by
/// <see cref="Finish"/>. A field that is null counts as absent.
/// </summary>
internal sealed class FieldReader
{
    /// <summary>Characters of a list or an object that a message shows.</summary>
    private const int LongestShown = 60;

    private readonly JsonElement _fields;
    private readonly HashSet<string> _known = new(["id"], StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    public FieldReader(JsonElement fields) => _fields = fields;

    /// <summary>A text, or null.</summary>
    public string? Text(string name) => Value(name, "a string", element => element.ValueKind == JsonValueKind.String, AsText);

    /// <summary>A number, or null.</summary>
    public double? Number(string name) => Value(name, "a number", element => element.ValueKind == JsonValueKind.Number, element => (double?)element.GetDouble());

    /// <summary>A 32-bit whole number, or null.</summary>
    public int? Integer(string name) => Value(name, "a whole number of 32 bits", IsInteger, element => (int?)element.GetInt32());

    /// <summary>A 64-bit whole number, or null.</summary>
    public long? LongInteger(string name) =>
        Value(name, "a whole number of 64 bits", element => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out _), element => (long?)element.GetInt64());

    /// <summary>A number; absent and null mean different things here.</summary>
    /// <param name="name">Name of the field.</param>
    /// <param name="absent">What it is when the request does not have it; null in the request is null.</param>
    public double? NumberOrNull(string name, double? absent)
    {
        double? given = Number(name);
        return _fields.TryGetProperty(name, out _) ? given : absent;
    }

    /// <summary>One of some words, or null.</summary>
    public string? Choice(string name, params string[] words)
    {
        string? given = Text(name);
        Require(given is null || words.Contains(given), $"{name}: expected {string.Join(" or ", words)}, got '{given}'");
        return given;
    }

    /// <summary>True or false.</summary>
    /// <param name="name">Name of the field.</param>
    /// <param name="absent">What it is when the request does not have it.</param>
    public bool Flag(string name, bool absent = false) =>
        Value(name, "true or false", element => element.ValueKind is JsonValueKind.True or JsonValueKind.False, element => (bool?)element.GetBoolean()) ?? absent;

    /// <summary>A list of whole numbers, or null.</summary>
    public IReadOnlyList<int>? Integers(string name) =>
        Value(name, "a list of whole numbers", element => IsList(element, IsInteger), element => element.EnumerateArray().Select(x => x.GetInt32()).ToArray());

    /// <summary>A list of texts, or null.</summary>
    public IReadOnlyList<string>? Texts(string name) =>
        Value(name, "a list of strings", element => IsList(element, x => x.ValueKind == JsonValueKind.String), element => element.EnumerateArray().Select(AsText).ToArray());

    /// <summary>Any other form of value.</summary>
    /// <typeparam name="T">What it becomes.</typeparam>
    /// <param name="name">Name of the field.</param>
    /// <param name="expected">The form in words, for the error.</param>
    /// <param name="fits">Whether a value has the form.</param>
    /// <param name="convert">Makes the result of a value that fits.</param>
    public T? Value<T>(string name, string expected, Func<JsonElement, bool> fits, Func<JsonElement, T> convert)
    {
        _known.Add(name);
        if (!_fields.TryGetProperty(name, out JsonElement element) || element.ValueKind == JsonValueKind.Null)
            return default;
        try
        {
            if (fits(element))
                return convert(element);
        }
        catch (InvalidOperationException)
        {
            _problems.Add($"{name}: has {RequestLine.HalfAPair}");
            return default;
        }

        _problems.Add($"{name}: expected {expected}, got {Kind(element)}");
        return default;
    }

    /// <summary>Whether some field is wrong already.</summary>
    public bool HasProblems => _problems.Count > 0;

    /// <summary>Adds a problem of the request as a whole unless <paramref name="condition"/> holds.</summary>
    public void Require(bool condition, string problem)
    {
        if (!condition)
            _problems.Add(problem);
    }

    /// <summary>To be called when every field has been asked for.</summary>
    /// <exception cref="InvalidRequestException">Lists every problem and every unknown field.</exception>
    public void Finish()
    {
        string[] unknown = [.. _fields.EnumerateObject().Select(field => field.Name).Where(name => !_known.Contains(name))];
        if (unknown.Length > 0)
            _problems.Add($"unknown field{(unknown.Length == 1 ? "" : "s")} {string.Join(", ", unknown.Select(name => $"'{name}'"))}; known: {string.Join(", ", _known)}");
        if (_problems.Count > 0)
            throw new InvalidRequestException(string.Join("; ", _problems));
    }

    /// <summary>What a value is, in words.</summary>
    public static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object or JsonValueKind.Array => Shortened(element.GetRawText()),
        JsonValueKind.String => "a string",
        JsonValueKind.Null => "null",
        _ => element.GetRawText(),
    };

    private static string Shortened(string json) => json.Length <= LongestShown ? json : $"{json[..LongestShown]}...";

    private static bool IsInteger(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out _);

    private static bool IsList(JsonElement element, Func<JsonElement, bool> fits) => element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(fits);

    private static string AsText(JsonElement element) => element.GetString()!;
}
