using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Polly.CircuitBreaker;

namespace FLoRA.SemanticKernel;

/// <summary>
/// How a service is: healthy when its engine serves; degraded when its queue is nearly full, its circuit breaker is not closed, or its engine is being loaded or restarted;
/// the registration's failure status when its engine is lost or cannot be loaded. Asks nothing of the engine, so it may be polled often.
/// </summary>
internal sealed class FloraHealthCheck(EngineRegistration registration, IServiceProvider services) : IHealthCheck
{
    /// <summary>Share of the queue's bounds from which on it is nearly full.</summary>
    internal const double NearlyFull = 0.8;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!services.GetServices<EngineRegistration>().Contains(registration))
            throw new InvalidOperationException($"A health check is for a service that is not registered: {registration}. AddFlora or AddFloraSpeech needs the same service id.");
        EngineRuntime runtime = registration.RuntimeOf(services);
        EngineStatus status = runtime.Host.Status;
        FloraQueueOptions queue = registration.OptionsOf(services).Queue;
        (HealthStatus health, string description) = Judge(status, runtime, queue, context.Registration.FailureStatus);
        var data = new Dictionary<string, object>
        {
            ["model"] = runtime.ModelId,
            ["state"] = status.State.ToString(),
            ["circuit"] = runtime.Circuit.ToString(),
            ["queued_requests"] = status.Queued.Requests,
            ["queued_tokens"] = status.Queued.Tokens,
            ["running_calls"] = runtime.Host.Calls.Count,
            ["restarts"] = status.Restarts,
        };
        if (status.RetryAfter is { } wait)
            data["retry_after_seconds"] = wait.TotalSeconds;
        return Task.FromResult(new HealthCheckResult(health, description, status.Error, data));
    }

    private static (HealthStatus Status, string Description) Judge(in EngineStatus status, EngineRuntime runtime, FloraQueueOptions queue, HealthStatus failure) => status.State switch
    {
        EngineState.Lost => (failure, "The device is lost and the engine was given up; only a new process brings it back."),
        EngineState.LoadFailed => (failure, "The model cannot be loaded; the next call tries again."),
        EngineState.Restarting => (HealthStatus.Degraded, "The device was lost; the engine is being restarted."),
        EngineState.Loading => (HealthStatus.Degraded, "The model is being loaded."),
        EngineState.NotLoaded => (HealthStatus.Healthy, "The first call loads the model."),
        _ when runtime.Circuit is not CircuitState.Closed => (HealthStatus.Degraded, $"The circuit breaker is {Words(runtime.Circuit)} after faults of the device."),
        _ when IsNearlyFull(status.Queued, queue) => (HealthStatus.Degraded, $"The queue is nearly full: {status.Queued.Requests} requests with {status.Queued.Tokens} prompt tokens wait."),
        _ => (HealthStatus.Healthy, "Ready."),
    };

    private static bool IsNearlyFull((int Requests, long Tokens) queued, FloraQueueOptions queue) =>
        queued.Requests >= NearlyFull * queue.MaxRequests || queued.Tokens >= NearlyFull * queue.MaxTokens;

    private static string Words(CircuitState state) => state switch
    {
        CircuitState.HalfOpen => "half open",
        CircuitState.Isolated => "held open",
        _ => "open",
    };
}
