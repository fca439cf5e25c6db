namespace FLoRA.Inference.Adapters;

/// <summary>Brings adapters from their folders into the store: by name and folder, or on first use out of the adapter root. Reading runs on threads of the pool. Thread-safe.</summary>
/// <param name="store">Where they go.</param>
/// <param name="reads">Reads folders.</param>
/// <param name="root">Folder whose direct children may be named by requests; null: none.</param>
/// <param name="keepResident">Called with a registered version that is to stay resident.</param>
internal sealed class AdapterLibrary(AdapterStore store, AdapterReads reads, AdapterRoot? root, Action<AdapterVersion> keepResident)
{
    /// <summary>Folders that were read, the time that took, and how many are being read.</summary>
    public (long Reads, TimeSpan Elapsed, int Running) Reads => (reads.Count, reads.Elapsed, reads.RunningCount);

    /// <summary>What is known of every name.</summary>
    public IReadOnlyList<AdapterInfo> Describe() => store.Describe(reads.IsReading);

    /// <summary>What is known of a version.</summary>
    public AdapterInfo Describe(AdapterVersion version) => store.Describe(version, reads.IsReading);

    /// <summary>Makes a name lead to the adapter of a folder, when it has been read and checked as a whole.</summary>
    /// <exception cref="AdapterLoadException">The folder is refused; nothing has changed.</exception>
    public async Task<AdapterVersion> LoadAsync(string name, string folder)
    {
        AdapterImage image = await reads.ReadAsync(folder).ConfigureAwait(false);
        return Announce(store.Register(name, image));
    }

    /// <summary>
    /// Pins what the name leads to. A name that is not registered is looked for in the root; a host copy that was dropped is read again, and where the folder's content has changed since, that is a new version as if it had
    /// been loaded under the name now.
    /// </summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered, and the root has none.</exception>
    /// <exception cref="AdapterLoadException">Its folder is refused.</exception>
    public async Task<AdapterVersion> PinAsync(string name)
    {
        while (true)
        {
            if (store.TryPin(name, out AdapterVersion? version))
                return version!;
            AdapterImage image = await reads.ReadAsync(FolderOf(name, version)).ConfigureAwait(false);
            if (store.TryPinRead(name, version, image) is { } pinned)
                return Announce(pinned);
        }
    }

    /// <summary>The same; the calling thread waits where something is to be read.</summary>
    public AdapterVersion Pin(string name) => store.TryPin(name, out AdapterVersion? version) ? version! : PinAsync(name).GetAwaiter().GetResult();

    /// <summary>Whether <see cref="PinAsync"/> would find the name.</summary>
    public bool Offers(string name) => store.Knows(name) || root?.Find(name) is { IsInside: true };

    private string FolderOf(string name, AdapterVersion? version)
    {
        if (version is { IsFromRoot: false })
            return version.Adapter.Folder;
        string[] known = [.. store.Current.Select(v => v.Name)];
        return root is null ? throw new AdapterNotFoundException(name, known) : root.Resolve(name, known);
    }

    private AdapterVersion Announce(AdapterVersion version)
    {
        if (version.IsKept)
            keepResident(version);
        return version;
    }
}
