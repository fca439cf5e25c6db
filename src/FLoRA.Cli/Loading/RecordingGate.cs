namespace FLoRA.Cli.Loading;

/// <summary>
/// Bounds what is held of recordings at the same time, so that a list of thousands does not fill the memory: by number, and by their length together. Those who wait enter in
/// the order in which they came. Thread-safe.
/// </summary>
/// <param name="most">Recordings at the same time.</param>
/// <param name="mostDuration">Nobody enters while those inside are this long together. One alone may be longer, and the length is known only inside.</param>
internal sealed class RecordingGate(int most, TimeSpan mostDuration)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource<RecordingLease>> _waiting = [];
    private TimeSpan _duration;
    private int _inside;

    /// <summary>Waits for a place.</summary>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    public async Task<RecordingLease> EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<RecordingLease> place = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting.Enqueue(place);
        Admit();
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => place.TrySetCanceled(cancellationToken));
        return await place.Task;
    }

    /// <summary>Tells how long a recording inside is.</summary>
    internal void Count(TimeSpan duration)
    {
        lock (_lock)
            _duration += duration;
    }

    /// <summary>A recording leaves.</summary>
    internal void Leave(TimeSpan counted)
    {
        lock (_lock)
        {
            _inside--;
            _duration -= counted;
        }

        Admit();
    }

    private void Admit()
    {
        lock (_lock)
        {
            while (_inside < most && _duration < mostDuration && _waiting.TryDequeue(out TaskCompletionSource<RecordingLease>? next))
            {
                // Who was cancelled while waiting takes no place.
                if (next.TrySetResult(new RecordingLease(this)))
                    _inside++;
            }
        }
    }
}

/// <summary>A place in a <see cref="RecordingGate"/>.</summary>
internal sealed class RecordingLease(RecordingGate gate) : IDisposable
{
    private TimeSpan _counted;

    /// <summary>Tells the length once it is known.</summary>
    public void Count(TimeSpan duration)
    {
        _counted = duration;
        gate.Count(duration);
    }

    /// <summary>Gives the place to the next.</summary>
    public void Dispose() => gate.Leave(_counted);
}
