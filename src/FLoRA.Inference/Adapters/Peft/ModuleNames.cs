using System.Text.Json;
using System.Text.RegularExpressions;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// PEFT's two ways to name modules: a list of names, each equal to a module path or to its end after a dot; or one string, a regular
/// expression that matches a whole path.
/// </summary>
internal sealed class ModuleNames
{
    private readonly StrangerPattern? _pattern;
    private readonly HashSet<string>? _names;

    private ModuleNames(IReadOnlyList<string>? names, StrangerPattern? pattern, string text)
    {
        Names = names;
        _names = names?.ToHashSet(StringComparer.Ordinal);
        _pattern = pattern;
        Text = text;
    }

    /// <summary>The names of the list form, else null.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>The value as it stands in the file, for messages.</summary>
    public string Text { get; }

    /// <summary>Reads an option; null where it is absent, null, empty, or wrong (a problem then).</summary>
    public static ModuleNames? Read(PeftOptions options, string option, ProblemList problems)
    {
        if (options.Value(option) is not { } value)
            return null;
        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.GetString() is "":
                return null;
            case JsonValueKind.String:
                var pattern = StrangerPattern.Compile(option, @"\A", value.GetString()!, @"\z", options.Patterns, problems);
                return pattern is null ? null : new ModuleNames(null, pattern, PeftOptions.Shown(value));
            case JsonValueKind.Array when value.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String && n.GetString() is not ""):
                var names = value.EnumerateArray().Select(n => n.GetString()!).ToArray();
                return names.Length == 0 ? null : new ModuleNames(names, null, PeftOptions.Shown(value));
            default:
                problems.Add($"{option} is {PeftOptions.Shown(value)}; expected a list of module names or a regular expression");
                return null;
        }
    }

    /// <summary>Whether the path is one of the list, as it stands.</summary>
    public bool IsNamedExactly(string path) => _names?.Contains(path) ?? false;

    /// <summary>Whether the path is meant.</summary>
    /// <exception cref="RegexMatchTimeoutException">The expression takes too long.</exception>
    public bool Matches(string path) => _names is null ? _pattern!.Match(path).Success : Ends(path).Any(_names.Contains);

    /// <summary>Every name that means <paramref name="path"/>: the whole, and each part behind a dot.</summary>
    public static IEnumerable<string> Ends(string path)
    {
        yield return path;
        for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
            yield return path[(dot + 1)..];
    }
}
