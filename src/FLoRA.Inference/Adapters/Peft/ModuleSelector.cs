using System.Text.Json;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// Which linear modules an adapter targets: <c>target_modules</c> (list, regular expression or "all-linear") less
/// <c>exclude_modules</c>, within <c>layers_to_transform</c>. The rules are those of PEFT's check_target_module_exists.
/// </summary>
internal sealed class ModuleSelector
{
    private const string AllLinear = "all-linear";
    private readonly ModuleNames? _targets;
    private readonly ModuleNames? _excluded;
    private readonly LayerFilter? _layers;

    private ModuleSelector(ModuleNames? targets, ModuleNames? excluded, LayerFilter? layers)
    {
        _targets = targets;
        _excluded = excluded;
        _layers = layers;
    }

    /// <summary>Reads the four options; null, and a problem, where no target is given.</summary>
    public static ModuleSelector? Read(PeftOptions options, ProblemList problems)
    {
        var excluded = ModuleNames.Read(options, "exclude_modules", problems);
        var layers = LayerFilter.Read(options, problems);
        var value = options.Value("target_modules");
        if (value is { ValueKind: JsonValueKind.String } text && string.Equals(text.GetString(), AllLinear, StringComparison.OrdinalIgnoreCase))
        {
            RefuseLayers(layers, problems);
            return new ModuleSelector(null, excluded, null);
        }

        var before = problems.Count;
        var targets = ModuleNames.Read(options, "target_modules", problems);
        if (targets is null)
        {
            if (problems.Count == before)
                problems.Add("target_modules is missing or empty; expected a list of module names, a regular expression or \"all-linear\"");
            return null;
        }

        if (targets.Names is null)
            RefuseLayers(layers, problems);
        return new ModuleSelector(targets, excluded, layers);
    }

    /// <summary>Whether the module at <paramref name="path"/> is a target.</summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">An expression takes too long.</exception>
    public bool Matches(string path)
    {
        if (_excluded?.Matches(path) == true)
            return false;
        if (_targets is null || _targets.IsNamedExactly(path))
            return true;
        return _targets.Matches(path) && (_layers?.Contains(path) ?? true);
    }

    /// <summary>Notes every name of the list that means none of the linear modules, or that the whole selection is empty.</summary>
    public void CheckMatched(IReadOnlyCollection<string> paths, ProblemList problems)
    {
        var known = paths.SelectMany(ModuleNames.Ends).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _targets?.Names ?? [])
        {
            if (!known.Contains(name))
                problems.Add($"target_modules: '{name}' matches no linear layer{Hint(name)}");
        }

        if (!paths.Any(Matches))
            problems.Add($"target_modules {_targets?.Text ?? AllLinear} selects no linear layer");
    }

    private static string Hint(string name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..];
        return last is "lm_head" or "embed_tokens" or "wte" or "wpe" or "embed_out" ? " (adapters on embeddings and heads are not supported)" : "";
    }

    private static void RefuseLayers(LayerFilter? layers, ProblemList problems)
    {
        if (layers is not null)
            problems.Add("layers_to_transform needs target_modules as a list of names");
    }
}
