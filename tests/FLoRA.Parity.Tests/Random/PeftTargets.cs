using System.Text.RegularExpressions;

namespace FLoRA.Parity.Tests.Random;

/// <summary>Which modules PEFT adapts, by its rules (check_target_module_exists).</summary>
internal sealed record PeftTargets
{
    /// <summary>Names of the list form.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>The string form: a regular expression, or "all-linear".</summary>
    public string? Expression { get; init; }

    public IReadOnlyList<string>? ExcludedNames { get; init; }

    public string? ExcludedExpression { get; init; }

    /// <summary>layers_to_transform; only with the list form.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    public bool Contains(string path)
    {
        if (ExcludedNames?.Any(n => IsEnd(path, n)) == true || (ExcludedExpression is { } excluded && IsWhole(path, excluded)))
            return false;
        if (Expression is { } expression)
            return expression == "all-linear" || IsWhole(path, expression);
        if (Names!.Contains(path))
            return true;
        return Names!.Any(n => IsEnd(path, n)) && (Layers is null || Layers.Contains(LayerOf(path)));
    }

    private static bool IsEnd(string path, string name) => path == name || path.EndsWith($".{name}", StringComparison.Ordinal);

    private static bool IsWhole(string path, string expression) => Regex.IsMatch(path, $@"\A(?:{expression})\z");

    private static int LayerOf(string path) => int.Parse(Regex.Match(path, @".*\.[^.]*\.(\d+)\.").Groups[1].ValueSpan, null);
}
