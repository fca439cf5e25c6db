using System.Text.Json;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// adapter_config.json as a set of options of which each is read once. What nobody has read in the end and is not at a neutral value
/// would change the result: <see cref="RefuseRest"/> names it.
/// </summary>
internal sealed class PeftOptions
{
    private const int MaxShownCharacters = 80;
    private readonly JsonElement _root;
    private readonly ProblemList _problems;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>Options of a JSON object.</summary>
    public PeftOptions(JsonElement root, ProblemList problems)
    {
        _root = root;
        _problems = problems;
    }

    /// <summary>What the regular expressions of the file share.</summary>
    public PatternBudget Patterns { get; } = new(TimeProvider.System);

    /// <summary>The value of an option; null where it is absent or JSON's null.</summary>
    public JsonElement? Value(string name)
    {
        _read.Add(name);
        return _root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A required integer of at least <paramref name="minimum"/>; null, and a problem, otherwise.</summary>
    public int? Integer(string name, int minimum)
    {
        if (Value(name) is not { } value)
            return Wrong<int>($"{name} is missing; expected an integer of at least {minimum}");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= minimum
            ? number
            : Wrong<int>($"{name} is {Shown(value)}; expected an integer of at least {minimum}");
    }

    /// <summary>A required finite number; null, and a problem, otherwise.</summary>
    public double? Number(string name)
    {
        if (Value(name) is not { } value)
            return Wrong<double>($"{name} is missing; expected a number");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : Wrong<double>($"{name} is {Shown(value)}; expected a number");
    }

    /// <summary>True or false; absent or null: false.</summary>
    public bool Flag(string name)
    {
        if (Value(name) is not { } value)
            return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            _problems.Add($"{name} is {Shown(value)}; expected true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>A required string out of <paramref name="allowed"/>; null, and a problem, otherwise.</summary>
    public string? Choice(string name, params ReadOnlySpan<string> allowed)
    {
        var expected = $"expected {string.Join(" or ", allowed.ToArray().Select(a => $"\"{a}\""))}";
        if (Value(name) is not { } value)
        {
            _problems.Add($"{name} is missing; {expected}");
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString()!))
            return value.GetString();
        _problems.Add($"{name} {Shown(value)} is not supported; {expected}");
        return null;
    }

    /// <summary>Notes every option that was not read, is not harmless and is not at a neutral value.</summary>
    public void RefuseRest()
    {
        foreach (var option in _root.EnumerateObject())
        {
            if (!_read.Contains(option.Name) && !HarmlessOptions.Contains(option.Name) && !HarmlessOptions.IsNeutral(option.Name, option.Value))
                _problems.Add($"option '{option.Name}' is {Shown(option.Value)}, which is not supported");
        }
    }

    /// <summary>A value for messages, cut where it is long.</summary>
    public static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= MaxShownCharacters ? text : $"{text[..MaxShownCharacters]}...";
    }

    private T? Wrong<T>(string problem)
        where T : struct
    {
        _problems.Add(problem);
        return null;
    }
}
