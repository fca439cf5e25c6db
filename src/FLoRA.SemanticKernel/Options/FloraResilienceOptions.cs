using FLoRA.Inference;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The resilience pipeline of a service, from outside to inside: timeout, retry, circuit breaker. Only "open the stream and take the first
/// token" runs in it; what comes after belongs to the caller and his token alone.
/// </summary>
public sealed class FloraResilienceOptions
{
    /// <summary>
    /// Longest time from the call to its first token, with the waiting in the queue and all retries, but without the loading of the model;
    /// beyond it <see cref="TimeoutRejectedException"/>. Null: no limit.
    /// </summary>
    public TimeSpan? FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Trying again when the queue is full or the engine is being restarted.</summary>
    public FloraRetryOptions Retry { get; set; } = new();

    /// <summary>Sparing a device that fails.</summary>
    public FloraCircuitBreakerOptions CircuitBreaker { get; set; } = new();

    /// <summary>
    /// Code only: a pipeline of one's own in place of the one that these options describe. A circuit breaker in it that has
    /// <see cref="BreakerControl"/> as its ManualControl also opens on device faults in the middle of a stream.
    /// </summary>
    public ResiliencePipeline? Pipeline { get; set; }

    /// <summary>Code only: opens the circuit breaker by hand.</summary>
    public CircuitBreakerManualControl BreakerControl { get; set; } = new();

    /// <summary>Tells the breaker's state; it is one pipeline's, so a copy has its own.</summary>
    internal CircuitBreakerStateProvider BreakerState { get; private set; } = new();

    /// <summary>When the service's engine is back that is being restarted; null: it is not. Set by who has the engine.</summary>
    internal Func<TimeSpan?> RestartedIn { get; set; } = static () => null;

    internal FloraResilienceOptions Copy()
    {
        var copy = (FloraResilienceOptions)MemberwiseClone();
        copy.Retry = Retry.Copy();
        copy.CircuitBreaker = CircuitBreaker.Copy();
        copy.BreakerState = new();
        return copy;
    }
}

/// <summary>Trying again after <see cref="EngineOverloadedException"/>, and after <see cref="EngineUnavailableException"/> while the engine is restarted; nothing else is tried again.</summary>
public sealed class FloraRetryOptions
{
    /// <summary>Further attempts; 0: none.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Longest wait before an attempt. The waits follow the exception's RetryAfter and double from attempt to attempt.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    internal FloraRetryOptions Copy() => (FloraRetryOptions)MemberwiseClone();
}

/// <summary>
/// Opens when device faults (<see cref="EngineFaultException.IsDeviceFault"/>) come too often before the first token, and at the first one in
/// the middle of a stream. While it is open calls end with <see cref="BrokenCircuitException"/>, whose RetryAfter says when to come back.
/// </summary>
public sealed class FloraCircuitBreakerOptions
{
    /// <summary>False: no circuit breaker.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Share of calls that must fail, above 0 to 1.</summary>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Calls in the window below which it stays closed, at least 2.</summary>
    public int MinimumThroughput { get; set; } = 2;

    /// <summary>The window, at least half a second.</summary>
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it stays open, at least half a second.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(15);

    internal FloraCircuitBreakerOptions Copy() => (FloraCircuitBreakerOptions)MemberwiseClone();
}
