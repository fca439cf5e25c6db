namespace FLoRA.SemanticKernel;

/// <summary>The adapters that options name, one by one and by folders of them.</summary>
internal static class AdapterSources
{
    /// <summary>Name and folder of each; a name may come twice. Folders that do not exist are passed over.</summary>
    internal static IEnumerable<(string Name, string Folder)> Of(FloraEngineOptions options) =>
        options.Adapters.Select(a => (a.Key, a.Value)).Concat(options.AdapterFolders.Where(Directory.Exists).SelectMany(In));

    /// <summary>Names that calls may use: those of <see cref="Of"/> and the children of the root.</summary>
    internal static HashSet<string> Names(FloraEngineOptions options) =>
        [.. Of(options).Select(a => a.Name), .. options.AdapterRoot is { } root && Directory.Exists(root) ? In(root).Select(a => a.Name) : []];

    private static IEnumerable<(string Name, string Folder)> In(string parent) =>
        Directory.EnumerateDirectories(parent).Select(folder => (Path.GetFileName(folder), folder));
}
