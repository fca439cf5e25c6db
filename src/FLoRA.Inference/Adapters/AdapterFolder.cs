using FLoRA.Inference.Models;

namespace FLoRA.Inference.Adapters;

/// <summary>Looks into adapter folders without an engine: needs neither libtorch nor a model's weights.</summary>
public static class AdapterFolder
{
    /// <summary>Checks the folder as registering it would, and says what it holds.</summary>
    /// <param name="folder">Folder in PEFT's layout.</param>
    /// <param name="modelFolder">
    /// The model it is meant for, of which config.json is read; null: the folder is checked by itself (its modules and their widths are
    /// not compared with any model).
    /// </param>
    /// <exception cref="AdapterLoadException">Lists everything that is wrong with the folder.</exception>
    /// <exception cref="ModelLoadException">The model's configuration cannot be read, or is not supported.</exception>
    public static AdapterSummary Inspect(string folder, string? modelFolder = null)
    {
        var adapter = modelFolder is null ? AdapterLoader.LoadWithoutModel(folder) : AdapterLoader.Load(folder, ModelConfigReader.Read(modelFolder));
        return new AdapterSummary(
            adapter.Folder,
            adapter.Kind,
            adapter.Rank,
            adapter.RowWidth,
            adapter.ParameterCount,
            adapter.ContentHash,
            [.. adapter.Modules.Select(m => new AdapterModuleSummary(m.Path, m.RowCount, m.AdditiveRank))])
        {
            Card = adapter.Card,
        };
    }

    /// <summary>The adapters of a folder whose sub-folders are each an adapter of that name: name -> folder, in ordinal order of the names.</summary>
    /// <remarks>Hidden sub-folders (a leading dot) and files beside them are not adapters.</remarks>
    /// <exception cref="AdapterLoadException">There is no such folder, or it has no sub-folder.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> List(string parentFolder)
    {
        if (!Directory.Exists(parentFolder))
            throw new AdapterLoadException(parentFolder, ["there is no such folder"]);
        KeyValuePair<string, string>[] found =
        [
            .. Directory.EnumerateDirectories(parentFolder)
                .Select(f => KeyValuePair.Create(Path.GetFileName(f), f))
                .Where(f => !f.Key.StartsWith('.'))
                .OrderBy(f => f.Key, StringComparer.Ordinal),
        ];
        return found.Length > 0 ? found : throw new AdapterLoadException(parentFolder, ["it has no sub-folder; each adapter is a sub-folder of it"]);
    }
}
