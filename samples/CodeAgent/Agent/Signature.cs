using System.Text.RegularExpressions;

namespace CodeAgent.Agent;

/// <summary>Type of an argument or result in a typed task.</summary>
internal enum ValueType
{
    Int,
    Bool,
    Text,
    IntList,
    TextList,
}

/// <summary>A function as the user writes it: "name(first: ints, second: int) -> int".</summary>
/// <param name="Name">Function name.</param>
/// <param name="Arguments">Names and types, in order.</param>
/// <param name="Result">Type of the result; only Rust's prompt says it.</param>
internal sealed partial record Signature(string Name, IReadOnlyList<(string Name, ValueType Type)> Arguments, ValueType Result)
{
    private static readonly Dictionary<string, ValueType> _types = new()
    {
        ["int"] = ValueType.Int,
        ["bool"] = ValueType.Bool,
        ["str"] = ValueType.Text,
        ["ints"] = ValueType.IntList,
        ["strs"] = ValueType.TextList,
    };

    /// <summary>Reads a signature. An argument without a type is a list of integers, a missing result an integer.</summary>
    /// <exception cref="UsageException">The text is not a signature.</exception>
    public static Signature Parse(string text)
    {
        Match match = Form().Match(text);
        if (!match.Success)
            throw Refuse(text);
        var arguments = new List<(string, ValueType)>();
        foreach (string part in match.Groups["arguments"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            Match argument = Argument().Match(part);
            if (!argument.Success)
                throw Refuse(text);
            arguments.Add((argument.Groups["name"].Value, TypeOf(argument.Groups["type"], ValueType.IntList, text)));
        }
        return arguments.Count > 0 ? new Signature(match.Groups["name"].Value, arguments, TypeOf(match.Groups["result"], ValueType.Int, text)) : throw Refuse(text);
    }

    private static ValueType TypeOf(Group group, ValueType otherwise, string text) =>
        !group.Success ? otherwise : _types.TryGetValue(group.Value, out ValueType type) ? type : throw Refuse(text);

    private static UsageException Refuse(string text) =>
        new($"--signature expects 'name(argument: type, ...) -> type' with the types {string.Join(", ", _types.Keys)}; got '{text}'.");

    [GeneratedRegex(@"^\s*(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*\((?<arguments>[^()]*)\)\s*(->\s*(?<result>[a-z]+)\s*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*(:\s*(?<type>[a-z]+))?$", RegexOptions.NonBacktracking)]
    private static partial Regex Argument();
}
