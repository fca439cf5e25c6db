using System.Text.Json;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// <c>rank_pattern</c> or <c>alpha_pattern</c>: regular expressions matched against the end of a module path, at a dot or the whole;
/// the first in the order of the file that matches counts (PEFT's get_pattern_key).
/// </summary>
internal sealed class PatternTable
{
    /// <summary>Every entry costs a compiled expression; a model has some hundred modules.</summary>
    private const int MaxEntries = 4096;

    private readonly List<(StrangerPattern Pattern, double Value)> _entries = [];

    private PatternTable()
    {
    }

    /// <summary>Reads a table of integers of at least 1 (ranks).</summary>
    public static PatternTable ReadRanks(PeftOptions options, ProblemList problems) =>
        Read(options, "rank_pattern", "an integer of at least 1", v => v.TryGetInt32(out var rank) && rank >= 1 ? rank : null, problems);

    /// <summary>Reads a table of finite numbers (alphas).</summary>
    public static PatternTable ReadAlphas(PeftOptions options, ProblemList problems) =>
        Read(options, "alpha_pattern", "a number", v => v.TryGetDouble(out var alpha) && double.IsFinite(alpha) ? alpha : null, problems);

    /// <summary>The value for a module, or <paramref name="otherwise"/> where no expression matches.</summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">An expression takes too long.</exception>
    public double Value(string path, double otherwise)
    {
        foreach (var (pattern, value) in _entries)
        {
            if (pattern.Match(path).Success)
                return value;
        }

        return otherwise;
    }

    private static PatternTable Read(PeftOptions options, string option, string expected, Func<JsonElement, double?> parse, ProblemList problems)
    {
        var table = new PatternTable();
        if (options.Value(option) is not { } root)
            return table;
        if (root.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{option} is {PeftOptions.Shown(root)}; expected an object of module name patterns");
            return table;
        }

        if (root.GetPropertyCount() > MaxEntries)
        {
            problems.Add($"{option} has {root.GetPropertyCount()} entries; at most {MaxEntries} are allowed");
            return table;
        }

        foreach (var entry in root.EnumerateObject())
        {
            var value = entry.Value.ValueKind == JsonValueKind.Number ? parse(entry.Value) : null;
            if (value is null)
            {
                problems.Add($"{option} '{entry.Name}' is {PeftOptions.Shown(entry.Value)}; expected {expected}");
                continue;
            }

            if (StrangerPattern.Compile(option, @"\A(?:.*\.)?", entry.Name, @"\z", options.Patterns, problems) is { } pattern)
                table._entries.Add((pattern, value.Value));
        }

        return table;
    }
}
