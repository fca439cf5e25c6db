using System.Globalization;

namespace FLoRA.Inference.Execution;

/// <summary>
/// Counts the requests, and their prompt tokens, that wait for their first admission, and refuses one more than the bounds allow.
/// A request enters on its caller's thread and leaves once: when it is first admitted (a preempted one does not come back), or
/// when it ends before. Thread-safe.
/// </summary>
internal sealed class QueueGate
{
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(50), LongestRetry = TimeSpan.FromSeconds(30), UnmeasuredRetry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly int? _maxRequests, _maxTokens;
    private readonly AdmissionRate _rate;
    private int _requests;
    private long _tokens;

    /// <summary>An empty queue.</summary>
    /// <param name="maxRequests">Requests that may wait; null: any number.</param>
    /// <param name="maxTokens">Prompt tokens that may wait together; one request alone may have more. Null: any number.</param>
    /// <param name="time">Clock for the estimate of when there is room again.</param>
    public QueueGate(int? maxRequests, int? maxTokens, TimeProvider time)
    {
        _maxRequests = maxRequests;
        _maxTokens = maxTokens;
        _rate = new AdmissionRate(time);
    }

    /// <summary>What waits now.</summary>
    public (int Requests, long Tokens) Waiting
    {
        get
        {
            lock (_lock)
                return (_requests, _tokens);
        }
    }

    /// <summary>Takes a request in.</summary>
    /// <exception cref="EngineOverloadedException">It does not fit now; nothing was counted.</exception>
    public void Enter(int promptTokens)
    {
        lock (_lock)
        {
            if (_requests >= _maxRequests)
                throw TooManyRequests(promptTokens);
            if (_requests > 0 && _tokens + promptTokens > _maxTokens)
                throw TooManyTokens(promptTokens);
            if (_requests == 0)
                _rate.StartWaiting();
            _requests++;
            _tokens += promptTokens;
        }
    }

    /// <summary>Lets a request out.</summary>
    /// <param name="promptTokens">As it entered.</param>
    /// <param name="admitted">True: the engine works on it now, which tells how fast the queue is served; false: it ended while it waited.</param>
    /// <exception cref="InvalidOperationException">More leave than entered.</exception>
    public void Leave(int promptTokens, bool admitted)
    {
        lock (_lock)
        {
            if (_requests < 1 || _tokens < promptTokens)
                throw new InvalidOperationException($"A request of {promptTokens} tokens leaves the queue; {_requests} requests with {_tokens} tokens are in it.");
            _requests--;
            _tokens -= promptTokens;
            if (admitted)
                _rate.Admit(promptTokens);
            if (_requests == 0)
                _rate.StopWaiting();
        }
    }

    private EngineOverloadedException TooManyRequests(int promptTokens) => Refuse(
        promptTokens, $"{_requests} requests wait, at most {_maxRequests} may (MaxQueuedRequests, Queue.MaxRequests)");

    private EngineOverloadedException TooManyTokens(int promptTokens) => Refuse(
        promptTokens, $"{_requests} requests with {_tokens} prompt tokens wait, at most {_maxTokens} tokens may (MaxQueuedTokens, Queue.MaxTokens)");

    private EngineOverloadedException Refuse(int promptTokens, string why)
    {
        TimeSpan retryAfter = RetryAfter(promptTokens);
        string seconds = retryAfter.TotalSeconds.ToString("0.0#", CultureInfo.InvariantCulture);
        return new EngineOverloadedException($"The queue is full: {why}; one of {promptTokens} tokens came. Try again in {seconds} s.", retryAfter);
    }

    /// <summary>When so many have been admitted that both bounds have room for it.</summary>
    private TimeSpan RetryAfter(int promptTokens)
    {
        if (_rate.Measured is not { } measured)
            return UnmeasuredRetry;
        double seconds = 0;
        if (_requests >= _maxRequests)
            seconds = (_requests - _maxRequests.Value + 1) * measured.SecondsPerRequest;
        if (_tokens + promptTokens > _maxTokens)
            seconds = Math.Max(seconds, Math.Min(_tokens, _tokens + promptTokens - _maxTokens.Value) * measured.SecondsPerToken);
        return TimeSpan.FromSeconds(Math.Clamp(seconds, ShortestRetry.TotalSeconds, LongestRetry.TotalSeconds));
    }
}
