using FLoRA.Inference;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The one owner of an engine: loads it on first use, once for all callers of all services over it, loads it anew when its device was lost, and disposes it. A first load
/// that failed is tried again by the next caller. Thread-safe; disposing twice is harmless.
/// </summary>
/// <param name="options">What the engine is loaded from.</param>
/// <param name="loader">Loads it.</param>
/// <param name="restart">What happens when its device is lost.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Where its life is logged; null: nowhere.</param>
internal sealed partial class EngineHost(EngineOptions options, IModelLoader loader, FloraRestartOptions restart, TimeProvider time, ILogger? logger = null) : IDisposable
{
    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private readonly RestartMeter _meter = new(ModelFolder.IdOf(options.Model));
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopped = new();
    private Task<LoadedEngine>? _loading;
    private TimeSpan _loadTime;
    private bool _disposed;

    /// <summary>What the engine is loaded from.</summary>
    internal EngineOptions Options => options;

    /// <summary>The calls that run.</summary>
    internal CallTracker Calls { get; } = new();

    /// <summary>How the engine is now.</summary>
    internal EngineStatus Status
    {
        get
        {
            lock (_lock)
            {
                if (_loading is { IsCompletedSuccessfully: true } loaded)
                    NoteLoss(loaded.Result);
                return (_outage, _loading) switch
                {
                    ({ } outage, _) => new(outage.IsFinal ? EngineState.Lost : EngineState.Restarting, _restarts, default, outage.RetryAfter, outage.Failure ?? outage.Reason),
                    (_, null) => new(EngineState.NotLoaded, 0, default, null, null),
                    (_, { IsCompletedSuccessfully: true }) => new(EngineState.Ready, _restarts, _loading.Result.Queued, null, null),
                    (_, { IsCompleted: true }) => new(EngineState.LoadFailed, 0, default, null, _loading.Exception?.InnerException),
                    _ => new(EngineState.Loading, 0, default, null, null),
                };
            }
        }
    }

    /// <summary>
    /// The engine, loaded on a thread of the pool by the first caller; while it is loaded anew, the one that was lost, which still tells model and adapters. Cancelling
    /// stops the waiting, not the loading.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    internal Task<LoadedEngine> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_loading is null or { IsFaulted: true })
                _loading = Task.Run(LoadFirst, CancellationToken.None);
            return _loading.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The engine that takes requests now; it was loaded before.</summary>
    /// <exception cref="EngineUnavailableException">Its device was lost; says when to come back.</exception>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    internal LoadedEngine Serving()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            LoadedEngine engine = _loading is { IsCompletedSuccessfully: true } loaded ? loaded.Result : throw new InvalidOperationException("The engine was asked to serve before it was loaded.");
            NoteLoss(engine);
            return _outage is { } outage ? throw outage.Refuse() : engine;
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
        Task restarting;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            restarting = _restarting;
        }

        _stopped.Cancel();
        Task.WaitAny(restarting);
        _stopped.Dispose();
        _meter.Dispose();
        if (_loading is not { } loading) // nobody sets it any more
            return;
        Task.WaitAny(loading);
        if (loading.IsCompletedSuccessfully)
            loading.Result.Dispose();
    }

    private LoadedEngine LoadFirst()
    {
        try
        {
            LoadedEngine engine = Load(options);
            LogLoaded(engine.Model.Id, engine.Device, engine.Adapters.Count, _loadTime.TotalSeconds);
            return engine;
        }
        catch (Exception e)
        {
            LogLoadFailed(options.Model, e);
            throw;
        }
    }

    private LoadedEngine Load(EngineOptions from)
    {
        long started = time.GetTimestamp();
        LoadedEngine engine = loader.Load(from);
        TimeSpan took = time.GetElapsedTime(started);
        lock (_lock)
            _loadTime = took;
        // Nobody may call for a while: the loss itself begins the restart.
        engine.Lost.ContinueWith(_ => Note(engine), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        return engine;
    }

    private void Note(LoadedEngine engine)
    {
        lock (_lock)
            NoteLoss(engine);
    }
}
