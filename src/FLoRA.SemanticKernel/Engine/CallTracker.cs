using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>Counts the calls that run, so that stopping can wait for them. Thread-safe.</summary>
internal sealed class CallTracker
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _stopping;

    /// <summary>Calls that run.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>A call begins; it ends when the result is disposed.</summary>
    /// <exception cref="EngineStoppingException">Nothing new is taken any more.</exception>
    internal IDisposable Enter()
    {
        lock (_lock)
        {
            if (_stopping)
                throw new EngineStoppingException("The program is shutting down; FLoRA finishes the calls that run and takes no new ones.");
            _count++;
            return new Call(this);
        }
    }

    /// <summary>Takes no more calls; completes when the running ones have ended.</summary>
    internal Task Stop()
    {
        lock (_lock)
        {
            _stopping = true;
            if (_count == 0)
                _ended.TrySetResult();
            return _ended.Task;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_count == 0 && _stopping)
                _ended.TrySetResult();
        }
    }

    private sealed class Call(CallTracker tracker) : IDisposable
    {
        private CallTracker? _tracker = tracker;

        public void Dispose() => Interlocked.Exchange(ref _tracker, null)?.Leave();
    }
}
