using FLoRA.Inference;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace FLoRA.SemanticKernel;

/// <summary>Builds the pipeline that the options describe.</summary>
internal static class FloraResilience
{
    // A crowd that was refused at one moment must not come back at one moment.
    private const double MostJitter = 0.25;

    /// <summary>Name of a service's pipeline in Polly's registry.</summary>
    internal static string KeyOf(string serviceKey) => serviceKey.Length == 0 ? "flora" : $"flora/{serviceKey}";

    /// <summary>The same of a speech service.</summary>
    internal static string SpeechKeyOf(string serviceKey) => serviceKey.Length == 0 ? "flora-speech" : $"flora-speech/{serviceKey}";

    /// <summary>Timeout around retry around circuit breaker.</summary>
    internal static void Configure(ResiliencePipelineBuilder builder, FloraResilienceOptions options)
    {
        if (options.FirstTokenTimeout is { } timeout)
            builder.AddTimeout(new TimeoutStrategyOptions { Timeout = timeout });
        if (options.Retry.MaxAttempts > 0)
            builder.AddRetry(Retry(options.Retry, options));
        if (options.CircuitBreaker.Enabled)
            builder.AddCircuitBreaker(Breaker(options));
    }

    /// <summary>The options' pipeline for a client without a container.</summary>
    internal static ResiliencePipeline Build(FloraResilienceOptions options, TimeProvider time)
    {
        if (options.Pipeline is { } own)
            return own;
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        Configure(builder, options);
        return builder.Build();
    }

    private static RetryStrategyOptions Retry(FloraRetryOptions options, FloraResilienceOptions service)
    {
        TimeSpan most = options.MaxDelay;
        return new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(e => RetryAfter(e, service) is not null),
            MaxRetryAttempts = options.MaxAttempts,
            DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(Delay(RetryAfter(arguments.Outcome.Exception, service) ?? TimeSpan.Zero, arguments.AttemptNumber, most)),
        };
    }

    /// <summary>When to come again, of those exceptions after which that may help.</summary>
    private static TimeSpan? RetryAfter(Exception? exception, FloraResilienceOptions service) => exception switch
    {
        // The faults that opened the circuit are those of the device that is being brought back.
        BrokenCircuitException => service.RestartedIn(),
        EngineOverloadedException overload => overload.RetryAfter,
        EngineUnavailableException { RetryAfter: { } wait } => wait,
        _ => null,
    };

    private static TimeSpan Delay(TimeSpan retryAfter, int attempt, TimeSpan most)
    {
        double seconds = retryAfter.TotalSeconds * Math.Pow(2, attempt) * (1 + (MostJitter * Random.Shared.NextDouble()));
        return TimeSpan.FromSeconds(Math.Min(seconds, most.TotalSeconds));
    }

    private static CircuitBreakerStrategyOptions Breaker(FloraResilienceOptions options) => new()
    {
        ShouldHandle = new PredicateBuilder().Handle<EngineFaultException>(fault => fault.IsDeviceFault),
        FailureRatio = options.CircuitBreaker.FailureRatio,
        MinimumThroughput = options.CircuitBreaker.MinimumThroughput,
        SamplingDuration = options.CircuitBreaker.SamplingDuration,
        BreakDuration = options.CircuitBreaker.BreakDuration,
        ManualControl = options.BreakerControl,
        StateProvider = options.BreakerState,
    };
}
