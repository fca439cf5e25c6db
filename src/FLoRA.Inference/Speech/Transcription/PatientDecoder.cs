namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// The engine for one recording, which is not given up because the queue is full at one of its later windows: a refused request waits until another one of the same recording has ended, or
/// as long as the engine says, and comes again. Before anything was answered and with nothing in flight, <see cref="EngineOverloadedException"/> goes to the caller as ever. Thread-safe.
/// </summary>
internal sealed class PatientDecoder(IWindowDecoder decoder) : IWindowDecoder
{
    private readonly Lock _lock = new();
    private int _inFlight;
    private volatile bool _answered;
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public Task<DecodedWindow> DecodeAsync(WindowRequest request, CancellationToken cancellationToken) =>
        WaitAsync(() => decoder.DecodeAsync(request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<float>> DetectLanguageAsync(WindowFeatures features, string? adapter, CancellationToken cancellationToken) =>
        decoder.DetectLanguageAsync(features, adapter, cancellationToken);

    /// <inheritdoc/>
    public Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken) =>
        WaitAsync(() => decoder.AlignAsync(request, cancellationToken), cancellationToken);

    private async Task<T> WaitAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task ended = Begin();
            Func<Task>? patience = null;
            try
            {
                T answer = await ask().ConfigureAwait(false);
                _answered = true;
                return answer;
            }
            catch (EngineOverloadedException full) when ((patience = PatienceWith(full, ended, cancellationToken)) is not null)
            {
            }
            finally
            {
                if (patience is null)
                    End();
            }

            await patience().ConfigureAwait(false);
        }
    }

    /// <summary>What will tell that a request has ended since.</summary>
    private Task Begin()
    {
        lock (_lock)
        {
            _inFlight++;
            return _ended.Task;
        }
    }

    /// <summary>How a refused request waits, which is not in flight meanwhile; null: it does not.</summary>
    private Func<Task>? PatienceWith(EngineOverloadedException full, Task ended, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            bool alone = _inFlight == 1;
            if (alone && !_answered)
                return null;
            _inFlight--;
            return alone ? () => Task.Delay(full.RetryAfter, cancellationToken) : () => ended.WaitAsync(cancellationToken);
        }
    }

    private void End()
    {
        TaskCompletionSource ended;
        lock (_lock)
        {
            _inFlight--;
            ended = _ended;
            _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ended.SetResult();
    }
}
