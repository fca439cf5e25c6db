namespace FLoRA.SemanticKernel;

/// <summary>What is wrong with the queue, resilience and shutdown of options. The bounds of times are Polly's.</summary>
internal static class ServingErrors
{
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10), ShortestWindow = TimeSpan.FromSeconds(0.5), Longest = TimeSpan.FromDays(1);

    internal static IEnumerable<string> Of(FloraEngineOptions options)
    {
        FloraResilienceOptions resilience = options.Resilience;
        FloraCircuitBreakerOptions breaker = resilience.CircuitBreaker;
        string?[] errors =
        [
            options.Queue.MaxRequests is < 1 ? $"Queue:MaxRequests: expected at least 1, got {options.Queue.MaxRequests}" : null,
            options.Queue.MaxTokens is < 1 ? $"Queue:MaxTokens: expected at least 1, got {options.Queue.MaxTokens}" : null,
            Within("DrainTimeout", options.DrainTimeout, TimeSpan.Zero),
            options.Restart.FailedSteps is < 1 ? $"Restart:FailedSteps: expected at least 1, got {options.Restart.FailedSteps}" : null,
            options.Restart.MaxAttempts < 0 ? $"Restart:MaxAttempts: expected at least 0, got {options.Restart.MaxAttempts}" : null,
            Within("Restart:Delay", options.Restart.Delay, TimeSpan.Zero),
            Within("Restart:MaxDelay", options.Restart.MaxDelay, TimeSpan.Zero),
            resilience.FirstTokenTimeout is { } timeout ? Within("Resilience:FirstTokenTimeout", timeout, ShortestTimeout) : null,
            resilience.Retry.MaxAttempts < 0 ? $"Resilience:Retry:MaxAttempts: expected at least 0, got {resilience.Retry.MaxAttempts}" : null,
            Within("Resilience:Retry:MaxDelay", resilience.Retry.MaxDelay, TimeSpan.Zero),
            breaker.FailureRatio is > 0 and <= 1 ? null : $"Resilience:CircuitBreaker:FailureRatio: expected above 0, at most 1, got {breaker.FailureRatio}",
            breaker.MinimumThroughput < 2 ? $"Resilience:CircuitBreaker:MinimumThroughput: expected at least 2, got {breaker.MinimumThroughput}" : null,
            Within("Resilience:CircuitBreaker:SamplingDuration", breaker.SamplingDuration, ShortestWindow),
            Within("Resilience:CircuitBreaker:BreakDuration", breaker.BreakDuration, ShortestWindow),
        ];
        return errors.OfType<string>();
    }

    private static string? Within(string name, TimeSpan time, TimeSpan shortest) =>
        time < shortest || time > Longest ? $"{name}: expected {shortest} to {Longest}, got {time}" : null;
}
