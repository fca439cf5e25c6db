using System.Text.RegularExpressions;
using FLoRA.Inference.Adapters.Peft;
using FLoRA.Inference.Models;
using FLoRA.Inference.Models.Safetensors;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// Loads PEFT folders (adapter_config.json, adapter_model.safetensors) into the engine's one row form, strictly: every option is
/// understood or switched off, every target has its tensors, every tensor is used, shapes and numbers are checked.
/// </summary>
internal static class AdapterLoader
{
    /// <summary>Loads the adapter of <paramref name="folder"/> for a model.</summary>
    /// <exception cref="AdapterLoadException">Lists everything that is wrong with the folder.</exception>
    public static Adapter Load(string folder, DecoderBlueprint blueprint) => Load(folder, [.. blueprint.Modules]);

    /// <summary>Loads the adapter of <paramref name="folder"/> for a model's linear modules.</summary>
    /// <exception cref="AdapterLoadException">Lists everything that is wrong with the folder.</exception>
    public static Adapter Load(string folder, IReadOnlyList<ModuleBlueprint> modules) =>
        LoadChecked(folder, [.. modules.Select(m => new ModuleTarget(m.Path, m.InFeatures, m.OutFeatures))]);

    /// <summary>Checks the folder by itself: its modules are those that the file has tensors for, their widths are not compared with a model.</summary>
    /// <exception cref="AdapterLoadException">Lists everything that is wrong with the folder.</exception>
    public static Adapter LoadWithoutModel(string folder) => LoadChecked(folder, null);

    private static Adapter LoadChecked(string folder, IReadOnlyList<ModuleTarget>? modules)
    {
        var problems = new ProblemList();
        try
        {
            if (Read(folder, modules, problems) is { } adapter)
                return adapter;
        }
        catch (RegexMatchTimeoutException e)
        {
            problems.Add($"the regular expression '{e.Pattern}' takes too long to match");
        }
        catch (SafetensorsException e)
        {
            problems.Add(e.Message);
        }

        throw problems.ToException(folder);
    }

    /// <summary>The adapter; null where there are problems.</summary>
    private static Adapter? Read(string folder, IReadOnlyList<ModuleTarget>? modules, ProblemList problems)
    {
        if (!Directory.Exists(folder))
        {
            problems.Add("there is no such folder");
            return null;
        }

        var config = ConfigFile.Read(folder, problems);
        using var tensors = AdapterTensors.Open(folder, problems);
        if (config is null)
            return null;
        var options = new PeftOptions(config.Root, problems);
        var format = AdapterFormat.Read(options, problems);
        var selector = ModuleSelector.Read(options, problems);

        // Which options another kind would have is not known where the kind itself is unknown.
        if (format is not null)
            options.RefuseRest();
        if (format is null || selector is null || tensors is null)
            return null;

        modules ??= [.. tensors.ModulePaths(format.TensorNames).Select(path => new ModuleTarget(path, null, null))];
        var folded = Fold(format, selector, tensors, modules, problems);
        return problems.Count > 0 ? null : new Adapter
        {
            Folder = folder,
            Kind = format.Kind,
            Rank = format.NominalRank,
            Modules = folded,
            ParameterCount = tensors.ParameterCount,
            ContentHash = tensors.ContentHash(config.Bytes),
            Card = FolderCard.Read(folder),
        };
    }

    private static List<ModuleAdapter> Fold(
        AdapterFormat format, ModuleSelector selector, AdapterTensors tensors, IReadOnlyList<ModuleTarget> modules, ProblemList problems)
    {
        var paths = modules.Select(m => m.Path).ToHashSet(StringComparer.Ordinal);
        selector.CheckMatched(paths, problems);
        var folded = new List<ModuleAdapter>();
        foreach (var module in modules.Where(m => selector.Matches(m.Path)))
        {
            if (!tensors.HasAny(module.Path, format.TensorNames))
                problems.Add($"module '{module.Path}' is a target but has no tensors in the file");
            else if (format.Fold(module, tensors) is { } one)
                folded.Add(one);
        }

        tensors.ReportRest(format.TensorNames, paths.Contains);
        return folded;
    }
}
