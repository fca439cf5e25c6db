using FLoRA.Inference.Adapters;
using FLoRA.Inference.Execution;

namespace FLoRA.Inference;

/// <summary>Adapters while the engine serves. Names change at once for requests that come after; those that are queued or run keep what they were queued with.</summary>
public sealed partial class Engine
{
    /// <summary>What is held of the adapters, and what was done for that since the start; any thread, at any time.</summary>
    public AdapterStoreInfo AdapterStore
    {
        get
        {
            (int registered, int hostCached, long hostBytes, long hostByteBudget) = _store.Counts;
            (long reads, TimeSpan readTime, int loading) = _library.Reads;
            SlotTotals slots = _core.Slots;
            return new AdapterStoreInfo
            {
                Registered = registered,
                HostCached = hostCached,
                HostBytes = hostBytes,
                HostByteBudget = hostByteBudget,
                Resident = slots.Count,
                ResidentBytes = slots.Bytes,
                ResidentByteBudget = _core.AdapterByteBudget,
                Loading = loading,
                Hits = slots.Hits,
                Installs = slots.Installs,
                InstallTime = slots.InstallTime,
                Evictions = slots.Evictions,
                Reads = reads,
                ReadTime = readTime,
            };
        }
    }

    /// <summary>Reads the adapter of a folder and makes <paramref name="name"/> lead to it, a new one or in place of another; the same content again changes nothing.</summary>
    /// <param name="name">Any text that is not empty or white space.</param>
    /// <param name="folder">Folder in PEFT's layout.</param>
    /// <param name="cancellationToken">Gives the waiting up, not what others wait for too.</param>
    /// <exception cref="AdapterLoadException">The folder is refused; nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public async Task<AdapterInfo> LoadAdapterAsync(string name, string folder, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await DescribeAsync(_library.LoadAsync(name, folder), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Brings an adapter into host memory, as a request that names it does: out of the adapter root where it is not registered, from its folder where its copy was dropped. A request that comes then need not read anything on its
    /// caller's thread.
    /// </summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered, and the adapter root has none.</exception>
    /// <exception cref="AdapterLoadException">Its folder is refused.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public async Task<AdapterInfo> PrepareAdapterAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await DescribeAsync(PrepareAsync(name), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a request may name the adapter: it is registered, or the adapter root has it. Nothing is read.</summary>
    public bool OffersAdapter(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _library.Offers(name);
    }

    /// <summary>Hides the name at once; memory is freed when the last request that holds the adapter ends.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public Task UnloadAdapterAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        _store.Unload(name);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Keeps an adapter on the device though nobody runs with it, and what it is replaced by. It is copied there now if a place can be freed, else when it is next used. Where all kept ones leave no place for a request's adapter, and
    /// nobody runs, they make room after all.
    /// </summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered, and the adapter root has none.</exception>
    /// <exception cref="AdapterLoadException">Its folder is refused.</exception>
    /// <exception cref="InvalidOperationException">The pinned ones would be larger than <see cref="EngineOptions.AdapterBytes"/>.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public async Task PinAdapterAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        AdapterVersion version = await _library.PinAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _store.Keep(name, isKept: true);
            await _thread.InvokeAsync(() => _core.KeepResident(version)).ConfigureAwait(false);
        }
        finally
        {
            _store.Release(version);
        }
    }

    /// <summary>Ends <see cref="PinAdapterAsync"/>; the adapter stays resident until another one needs the room.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    public void UnpinAdapter(string name) => _store.Keep(name, isKept: false);

    /// <summary>Registers an adapter that is in memory; for measurements.</summary>
    internal AdapterVersion RegisterAdapter(string name, Adapter adapter) => _store.Register(name, AdapterPacker.Pack(adapter, _layout));

    private async Task<AdapterVersion> PrepareAsync(string name)
    {
        AdapterVersion version = await _library.PinAsync(name).ConfigureAwait(false);
        _store.Release(version);
        return version;
    }

    private async Task<AdapterInfo> DescribeAsync(Task<AdapterVersion> loading, CancellationToken cancellationToken)
    {
        AdapterVersion version = await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _library.Describe(version);
    }
}
