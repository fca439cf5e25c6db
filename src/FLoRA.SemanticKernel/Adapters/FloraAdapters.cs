using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The adapters of a service while it serves: loaded, replaced, unloaded by name, kept on the device, listed. From the container without a key or with a service id, or as <see cref="FloraChatClient.Adapters"/> and
/// <see cref="FloraSpeechToTextClient.Adapters"/>.
/// </summary>
/// <remarks>
/// Thread-safe. The model is loaded by the first call. Changes are atomic: calls that come later see them, calls that run end with the version that they began with. Services that share an engine share its adapters. What is changed here is written nowhere: it
/// outlives a lost device, but not the program. While the engine is loaded anew everything but the list throws <see cref="EngineUnavailableException"/>.
/// </remarks>
public sealed class FloraAdapters
{
    private readonly EngineHost _host;

    internal FloraAdapters(EngineHost host) => _host = host;

    /// <summary>What calls may name, by name, with where each adapter is; of the adapter root what was named so far.</summary>
    public async Task<IReadOnlyList<AdapterInfo>> ListAsync(CancellationToken cancellationToken = default) =>
        (await _host.GetAsync(cancellationToken).ConfigureAwait(false)).Adapters;

    /// <summary>What the engine holds of them in host memory and on the device, and what it has done for that.</summary>
    public async Task<AdapterStoreInfo> GetStoreAsync(CancellationToken cancellationToken = default) =>
        (await EngineAsync(cancellationToken).ConfigureAwait(false)).AdapterStore;

    /// <summary>Makes <paramref name="name"/> lead to the adapter of a folder, a new one or in place of another; the same content again changes nothing.</summary>
    /// <param name="name">Any text that is not empty or white space.</param>
    /// <param name="folder">Folder in PEFT's layout.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <exception cref="AdapterLoadException">The folder is refused; nothing has changed.</exception>
    public async Task<AdapterInfo> LoadAsync(string name, string folder, CancellationToken cancellationToken = default) =>
        await (await EngineAsync(cancellationToken).ConfigureAwait(false)).LoadAdapterAsync(name, folder, cancellationToken).ConfigureAwait(false);

    /// <summary>Brings an adapter into host memory as a call that names it does, so that the first such call need not wait for its file.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered, and the adapter root has none.</exception>
    /// <exception cref="AdapterLoadException">Its folder is refused.</exception>
    public async Task<AdapterInfo> PrepareAsync(string name, CancellationToken cancellationToken = default) =>
        await (await EngineAsync(cancellationToken).ConfigureAwait(false)).PrepareAdapterAsync(name, cancellationToken).ConfigureAwait(false);

    /// <summary>Hides the name at once; memory is freed when the last call that holds the adapter ends.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    public async Task UnloadAsync(string name, CancellationToken cancellationToken = default) =>
        await (await EngineAsync(cancellationToken).ConfigureAwait(false)).UnloadAdapterAsync(name, cancellationToken).ConfigureAwait(false);

    /// <summary>Keeps an adapter on the device though nobody uses it, and what it is replaced by.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered, and the adapter root has none.</exception>
    /// <exception cref="InvalidOperationException">The pinned ones would be larger than <see cref="FloraEngineOptions.AdapterBytes"/>.</exception>
    public async Task PinAsync(string name, CancellationToken cancellationToken = default) =>
        await (await EngineAsync(cancellationToken).ConfigureAwait(false)).PinAdapterAsync(name, cancellationToken).ConfigureAwait(false);

    /// <summary>Ends <see cref="PinAsync"/>.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    public async Task UnpinAsync(string name, CancellationToken cancellationToken = default) =>
        (await EngineAsync(cancellationToken).ConfigureAwait(false)).UnpinAdapter(name);

    private async Task<Inference.Engine> EngineAsync(CancellationToken cancellationToken)
    {
        await _host.GetAsync(cancellationToken).ConfigureAwait(false);
        return _host.Serving().Engine ?? throw new NotSupportedException("The service runs on something that is no engine of FLoRA's; its adapters are fixed.");
    }
}
