namespace CodeAgent.Languages;

/// <summary>The ten languages, in the order of the view.</summary>
internal static class LanguageTable
{
    public static IReadOnlyList<Language> All { get; } =
    [
        new("py", "Python"),
        new("js", "JavaScript"),
        new("rb", "Ruby"),
        new("pl", "Perl"),
        new("lua", "Lua"),
        new("rkt", "Racket"),
        new("rs", "Rust"),
        new("r", "R"),
        new("php", "PHP"),
        new("sh", "Bash"),
    ];

    /// <summary>The languages of a list like "py,lua"; null or "all": every one.</summary>
    /// <exception cref="UsageException">A name is unknown or given twice.</exception>
    public static IReadOnlyList<Language> Parse(string? list)
    {
        if (list is null or "all")
            return All;
        string[] ids = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (ids.Length == 0 || ids.Except(All.Select(l => l.Id)).Any() || ids.Distinct().Count() != ids.Length)
            throw new UsageException($"--languages expects some of {string.Join(',', All.Select(l => l.Id))}, each once; got '{list}'.");
        return [.. All.Where(l => ids.Contains(l.Id))];
    }
}
