using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Inference.Tests.Speech.Transcription.Batched;

/// <summary>Holds every request until the test answers it. Thread-safe.</summary>
internal sealed class HeldDecoder : IWindowDecoder
{
    private readonly Lock _lock = new();
    private readonly List<HeldRequest> _requests = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];

    /// <summary>Refuses a request instead of holding it; null: none.</summary>
    public Func<int, Exception?> Refuse { get; init; } = _ => null;

    /// <summary>All so far, in the order in which they came.</summary>
    public IReadOnlyList<HeldRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>Requests that have been cancelled.</summary>
    public int Cancelled => Requests.Count(request => request.Answer.Task.IsCanceled);

    /// <summary>Waits until so many requests have been made.</summary>
    public Task AskedAsync(int count)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_requests.Count >= count)
                return Task.CompletedTask;
            _waiting.Add((count, reached));
        }

        return reached.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    public async Task<DecodedWindow> DecodeAsync(WindowRequest request, CancellationToken cancellationToken)
    {
        HeldRequest held = new(request, new TaskCompletionSource<DecodedWindow>(TaskCreationOptions.RunContinuationsAsynchronously));
        TaskCompletionSource[] reached;
        Exception? refused;
        lock (_lock)
        {
            refused = Refuse(_requests.Count);
            _requests.Add(held);
            reached = [.. _waiting.Where(entry => entry.Count <= _requests.Count).Select(entry => entry.Reached)];
        }

        foreach (TaskCompletionSource entry in reached)
            entry.TrySetResult();
        if (refused is not null)
            throw refused;
        await using CancellationTokenRegistration cancelling = cancellationToken.Register(() => held.Answer.TrySetCanceled(cancellationToken));
        return await held.Answer.Task;
    }

    public Task<IReadOnlyList<float>> DetectLanguageAsync(WindowFeatures features, string? adapter, CancellationToken cancellationToken) => throw new InvalidOperationException("No language detection was expected.");

    public Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("No alignment was expected.");
}

/// <summary>A request and its answer.</summary>
internal sealed record HeldRequest(WindowRequest Request, TaskCompletionSource<DecodedWindow> Answer)
{
    /// <summary>A sure text.</summary>
    public void Say(string text) => Answer.SetResult(ScriptedWindowDecoder.Window([SpeechData.Time(0), .. SpeechData.Ids(text), SpeechData.Time(1)]));
}
