namespace FLoRA.SemanticKernel;

/// <summary>
/// The one owner of an engine: loads it on first use, once for all callers, and disposes it. A load that failed is tried
/// again by the next caller. Thread-safe; disposing twice is harmless.
/// </summary>
internal sealed class FloraRuntime : IDisposable
{
    private readonly Lock _lock = new();
    private readonly IModelLoader _loader;
    private Task<LoadedModel>? _loading;
    private bool _disposed;

    internal FloraRuntime(FloraOptions options, IModelLoader loader, TimeProvider time)
    {
        Options = options.Copy();
        Time = time;
        _loader = loader;
        ModelId = IdOf(options.Model);
        FunctionAdapters = new FunctionAdapterMap(options.FunctionAdapters);
    }

    internal FloraOptions Options { get; }

    internal TimeProvider Time { get; }

    internal FunctionAdapterMap FunctionAdapters { get; }

    /// <summary>True: other services were registered without a key before; calls that ask for none in particular are theirs.</summary>
    internal bool YieldsByDefault { get; init; }

    /// <summary>The model's own id, known before it is loaded.</summary>
    internal string ModelId { get; }

    /// <summary>The model, loaded on a thread of the pool by the first caller. Cancelling stops the waiting, not the loading.</summary>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    internal Task<LoadedModel> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_loading is null or { IsFaulted: true })
                _loading = Task.Run(() => _loader.Load(Options), CancellationToken.None);
            return _loading.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The model; blocks while it loads.</summary>
    internal LoadedModel Get() => GetAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Disposes the engine; a load that is under way is waited for.</summary>
    public void Dispose()
    {
        Task<LoadedModel>? loading;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            loading = _loading;
        }

        if (loading is null)
            return;
        Task.WaitAny(loading);
        if (loading.IsCompletedSuccessfully)
            loading.Result.Dispose();
    }

    /// <summary>Name of the model's folder, or of the folder above where it is called "model"; as <see cref="Inference.ModelInfo.Id"/>.</summary>
    private static string IdOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(path);
        return name == "model" && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } above ? above : name;
    }
}
