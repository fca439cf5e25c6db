using System.Collections;
using System.Globalization;
using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Reads one loosely typed setting. It may come from code (numbers, lists), from JSON (<see cref="JsonElement"/>), from YAML
/// (strings, <c>List&lt;object&gt;</c>) or through a bridge that turned every number into a double.
/// </summary>
internal static class SettingValue
{
    /// <summary>Whether the value says nothing: null in code or in JSON.</summary>
    internal static bool IsNull(object? value) => value is null or JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined };

    internal static string Text(string key, object? value) => Plain(value) is string text ? text : throw Unreadable(key, "a text", value);

    internal static double Number(string key, object? value) => Plain(value) switch
    {
        double number => number,
        long whole => whole,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => throw Unreadable(key, "a number", value),
    };

    internal static long Whole(string key, object? value) => Plain(value) switch
    {
        long whole => whole,
        double number when number == Math.Floor(number) && Math.Abs(number) <= 1L << 53 => (long)number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        _ => throw Unreadable(key, "a whole number", value),
    };

    internal static int Int(string key, object? value) =>
        Whole(key, value) is >= int.MinValue and <= int.MaxValue and var whole ? (int)whole : throw Unreadable(key, "a whole number of 32 bits", value);

    internal static bool Flag(string key, object? value) => Plain(value) switch
    {
        bool flag => flag,
        string text when bool.TryParse(text, out bool flag) => flag,
        _ => throw Unreadable(key, "true or false", value),
    };

    internal static List<string> Texts(string key, object? value) => [.. Items(key, value, "a list of texts").Select(item => Text(key, item))];

    internal static List<int> Ints(string key, object? value) => [.. Items(key, value, "a list of whole numbers").Select(item => Int(key, item))];

    /// <summary>An object whose keys are token ids.</summary>
    internal static Dictionary<int, double> Biases(string key, object? value)
    {
        IEnumerable<(object Id, object? Bias)> entries = value switch
        {
            JsonElement { ValueKind: JsonValueKind.Object } element => element.EnumerateObject().Select(p => ((object)p.Name, (object?)p.Value)),
            IDictionary dictionary => Entries(dictionary),
            _ => throw Unreadable(key, "an object of token ids and numbers", value),
        };
        var biases = new Dictionary<int, double>();
        foreach ((object id, object? bias) in entries)
            biases[Int(key, id)] = Number(key, bias);
        return biases;
    }

    /// <summary>An object of any JSON values. In YAML every value is a text: "true" and "false" are taken for what they say.</summary>
    internal static Dictionary<string, JsonElement> Variables(string key, object? value)
    {
        IEnumerable<(string Name, JsonElement Value)> entries = value switch
        {
            JsonElement { ValueKind: JsonValueKind.Object } element => element.EnumerateObject().Select(p => (p.Name, p.Value.Clone())),
            IDictionary dictionary => Entries(dictionary).Select(p => (Text(key, p.Key), Element(p.Value))),
            IEnumerable<KeyValuePair<string, object?>> pairs => pairs.Select(p => (p.Key, Element(p.Value))),
            _ => throw Unreadable(key, "an object", value),
        };
        var variables = new Dictionary<string, JsonElement>();
        foreach ((string name, JsonElement variable) in entries)
            variables[name] = variable;
        return variables;
    }

    internal static string Describe(object? value) => Plain(value) switch
    {
        null => "null",
        string text => $"'{text}'",
        JsonElement element => element.GetRawText(),
        IConvertible simple => simple.ToString(CultureInfo.InvariantCulture),
        var other => other.GetType().Name,
    };

    internal static IEnumerable<object?> Items(string key, object? value, string expected) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Array } element => element.EnumerateArray().Select(item => (object?)item),
        string or JsonElement or IDictionary => throw Unreadable(key, expected, value),
        IEnumerable items => items.Cast<object?>(),
        _ => throw Unreadable(key, expected, value),
    };

    // Through its own enumerator: the one of IEnumerable gives pairs of whatever type.
    private static IEnumerable<(object Key, object? Value)> Entries(IDictionary dictionary)
    {
        foreach (DictionaryEntry entry in dictionary)
            yield return (entry.Key, entry.Value);
    }

    private static JsonElement Element(object? value) => value switch
    {
        JsonElement element => element.Clone(),
        string text when bool.TryParse(text, out bool flag) => JsonSerializer.SerializeToElement(flag),
        _ => JsonSerializer.SerializeToElement(value),
    };

    /// <summary>Strings, booleans, whole numbers as long and other numbers as double; anything else as it is.</summary>
    private static object? Plain(object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString(),
        JsonElement { ValueKind: JsonValueKind.True } => true,
        JsonElement { ValueKind: JsonValueKind.False } => false,
        JsonElement { ValueKind: JsonValueKind.Number } element => element.TryGetInt64(out long whole) ? whole : element.GetDouble(),
        sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        float single => double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        decimal or ulong => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        _ => value,
    };

    private static InvalidRequestException Unreadable(string key, string expected, object? value) =>
        new($"Setting '{key}': expected {expected}, got {Describe(value)}.");
}
