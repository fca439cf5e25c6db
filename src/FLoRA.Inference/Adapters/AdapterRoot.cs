namespace FLoRA.Inference.Adapters;

/// <summary>
/// A folder whose direct children are adapters that requests may name. The name is compared with what the folder lists and never becomes part of a path by itself; links are
/// followed, and what lies outside of the folder is refused.
/// </summary>
internal sealed class AdapterRoot
{
    private readonly string _folder;

    /// <param name="folder">The folder; may be a link itself.</param>
    /// <exception cref="AdapterLoadException">There is no such folder.</exception>
    public AdapterRoot(string folder)
    {
        if (!Directory.Exists(folder))
            throw new AdapterLoadException(folder, ["the adapter root does not exist"]);
        _folder = Path.GetFullPath(folder);
    }

    /// <summary>The folder of an adapter of the root.</summary>
    /// <param name="name">As a request gives it.</param>
    /// <param name="known">Names that are registered, for the message.</param>
    /// <exception cref="AdapterNotFoundException">The root has no such child, or it leads out of the root.</exception>
    public string Resolve(string name, IReadOnlyCollection<string> known) => Find(name) switch
    {
        null => throw new AdapterNotFoundException(name, known) { Reason = "the adapter root has no sub-folder of exactly that name" },
        { Outside: { } entry } => throw new AdapterNotFoundException(name, known) { Reason = $"'{entry}' leads out of the adapter root" },
        { } child => child.Folder,
    };

    /// <summary>The child of a name; null: there is none.</summary>
    public Child? Find(string name)
    {
        if (name.StartsWith('.') || !Directory.EnumerateDirectories(_folder).Any(child => Path.GetFileName(child) == name))
            return null;
        string folder = Path.Combine(_folder, name), inside = RealPath.Of(_folder) + Path.DirectorySeparatorChar;
        bool IsOutside(string path) => RealPath.Of(path)?.StartsWith(inside, StringComparison.Ordinal) != true;
        string? outside = IsOutside(folder) ? folder : Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(IsOutside);
        return new Child(folder, outside is null ? null : Path.GetFileName(outside));
    }

    /// <summary>A sub-folder of the root.</summary>
    /// <param name="Folder">Its path.</param>
    /// <param name="Outside">What leads out of the root, the folder itself or an entry of it; null: nothing.</param>
    internal sealed record Child(string Folder, string? Outside)
    {
        /// <summary>Whether all of it lies in the root.</summary>
        public bool IsInside => Outside is null;
    }
}
