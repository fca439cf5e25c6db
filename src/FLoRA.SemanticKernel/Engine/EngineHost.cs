using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The one owner of an engine: loads it on first use, once for all callers of all services over it, and disposes it. A load that failed is
/// tried again by the next caller. Thread-safe; disposing twice is harmless.
/// </summary>
internal sealed class EngineHost(EngineOptions options, IModelLoader loader, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private Task<LoadedEngine>? _loading;
    private bool _disposed;

    /// <summary>What the engine is loaded from.</summary>
    internal EngineOptions Options => options;

    /// <summary>The calls that run.</summary>
    internal CallTracker Calls { get; } = new();

    /// <summary>The engine, loaded on a thread of the pool by the first caller. Cancelling stops the waiting, not the loading.</summary>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    internal Task<LoadedEngine> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_loading is null or { IsFaulted: true })
                _loading = Task.Run(() => loader.Load(options), CancellationToken.None);
            return _loading.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes nothing new, waits for the calls that run, at most so long, then disposes the engine, which ends what is left.</summary>
    /// <param name="deadline">Longest wait for the calls.</param>
    /// <param name="cancellationToken">Ends the waiting at once.</param>
    /// <returns>Calls that were cut off.</returns>
    internal async Task<int> StopAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        Task ended = Calls.Stop();
        try
        {
            await ended.WaitAsync(deadline, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // What still runs is ended by the engine.
        }

        int left = Calls.Count;
        await Task.Run(Dispose, CancellationToken.None).ConfigureAwait(false);
        return left;
    }

    /// <summary>Disposes the engine; a load that is under way is waited for.</summary>
    public void Dispose()
    {
        Task<LoadedEngine>? loading;
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
}
