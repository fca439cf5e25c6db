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
    private readonly TimeSpan _break;
    private readonly TimeProvider _time;
    private readonly ITimer _close;
    private DateTimeOffset? _openUntil;
    private bool _disposed;

    internal MidStreamBreaker(FloraResilienceOptions options, TimeProvider time)
    {
        _control = options.BreakerControl;
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

    /// <summary>Opens the breaker from now on for its break; a fault while it is open prolongs that.</summary>
    internal void Open()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _openUntil = _time.GetUtcNow() + _break;
            Forget(_control.IsolateAsync());
            _close.Change(_break, Timeout.InfiniteTimeSpan);
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
