using Polly.CircuitBreaker;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Opens a service's circuit breaker for faults that the pipeline cannot see, because they come after the first token, and closes it when the
/// break is over. Thread-safe.
/// </summary>
internal sealed class MidStreamBreaker : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CircuitBreakerManualControl _control;
    private readonly CircuitBreakerStateProvider _state;
    private readonly TimeSpan _break;
    private readonly TimeProvider _time;
    private readonly ITimer _close;
    private DateTimeOffset? _openUntil;
    private bool _disposed;
    private int _epoch;

    internal MidStreamBreaker(FloraResilienceOptions options, TimeProvider time)
    {
        _control = options.BreakerControl;
        _state = options.BreakerState;
        _break = options.CircuitBreaker.BreakDuration;
        _time = time;
        _close = time.CreateTimer(_ => Close(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long it stays open by a fault in mid-stream; null: it is not.</summary>
    internal TimeSpan? RetryAfter
    {
        get
        {
            lock (_lock)
                return _openUntil is { } until && until - _time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : null;
        }
    }

    /// <summary>The engine that serves now, as a number; another one after each restart.</summary>
    internal int Epoch
    {
        get
        {
            lock (_lock)
                return _epoch;
        }
    }

    /// <summary>State of the service's circuit breaker; closed where there is none.</summary>
    internal CircuitState State => _state.CircuitState;

    /// <summary>Opens the breaker from now on for its break; a fault while it is open prolongs that.</summary>
    /// <param name="epoch">The engine that faulted; one that has been replaced since says nothing of the one that serves.</param>
    internal void Open(int epoch)
    {
        lock (_lock)
        {
            if (_disposed || epoch != _epoch)
                return;
            _openUntil = _time.GetUtcNow() + _break;
            Forget(_control.IsolateAsync());
            _close.Change(_break, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The engine was restarted: what opened the breaker is over. One that was isolated by hand stays so.</summary>
    internal void Recover()
    {
        lock (_lock)
        {
            _epoch++;
            if (_disposed || (_openUntil is null && _state.CircuitState is not (CircuitState.Open or CircuitState.HalfOpen)))
                return;
            _openUntil = null;
            Forget(_control.CloseAsync());
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        _close.Dispose();
    }

    private void Close()
    {
        lock (_lock)
        {
            // A timer that was already on its way when a later fault prolonged the break.
            if (_disposed || _openUntil > _time.GetUtcNow())
                return;
            _openUntil = null;
            Forget(_control.CloseAsync());
        }
    }

    // Polly changes the state before it returns; what the task waits for are callbacks of the pipeline's owner, and theirs to answer for.
    private static void Forget(Task task) => task.ContinueWith(static t => t.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
}
