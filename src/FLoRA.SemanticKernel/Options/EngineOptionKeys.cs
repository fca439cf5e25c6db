namespace FLoRA.SemanticKernel;

/// <summary>The keys of a configuration section that text and speech models have in common, and how each is read.</summary>
internal static class EngineOptionKeys
{
    internal static readonly IReadOnlyDictionary<string, KeyReader<FloraEngineOptions>> Readers = new Dictionary<string, KeyReader<FloraEngineOptions>>
    {
        [nameof(FloraEngineOptions.Model)] = (r, s, o) => o.Model = r.Text(s) ?? o.Model,
        [nameof(FloraEngineOptions.Adapters)] = (r, s, o) => r.Map(s, o.Adapters),
        [nameof(FloraEngineOptions.AdapterFolders)] = (r, s, o) => o.AdapterFolders = [.. o.AdapterFolders, .. r.List(s)],
        [nameof(FloraEngineOptions.AdapterRoot)] = (r, s, o) => o.AdapterRoot = r.Text(s) is { Length: > 0 } folder ? folder : null,
        [nameof(FloraEngineOptions.PreloadAdapters)] = (r, s, o) => o.PreloadAdapters = [.. o.PreloadAdapters, .. r.List(s)],
        [nameof(FloraEngineOptions.PinnedAdapters)] = (r, s, o) => o.PinnedAdapters = [.. o.PinnedAdapters, .. r.List(s)],
        [nameof(FloraEngineOptions.AdapterBytes)] = (r, s, o) => o.AdapterBytes = r.LongNumber(s),
        [nameof(FloraEngineOptions.AdapterHostBytes)] = (r, s, o) => o.AdapterHostBytes = r.LongNumber(s),
        [nameof(FloraEngineOptions.FunctionAdapters)] = (r, s, o) => r.Map(s, o.FunctionAdapters),
        [nameof(FloraEngineOptions.DefaultAdapter)] = (r, s, o) => o.DefaultAdapter = r.Text(s) is { Length: > 0 } name ? name : null,
        [nameof(FloraEngineOptions.RequireAdapter)] = (r, s, o) => o.RequireAdapter = r.Flag(s) ?? o.RequireAdapter,
        [nameof(FloraEngineOptions.Device)] = (r, s, o) => o.Device = r.Text(s) ?? o.Device,
        [nameof(FloraEngineOptions.DType)] = (r, s, o) => o.DType = r.Text(s) ?? o.DType,
        [nameof(FloraEngineOptions.Threads)] = (r, s, o) => o.Threads = r.Number(s),
        [nameof(FloraEngineOptions.MaxRows)] = (r, s, o) => o.MaxRows = r.Number(s) ?? o.MaxRows,
        [nameof(FloraEngineOptions.MaxSequences)] = (r, s, o) => o.MaxSequences = r.Number(s) ?? o.MaxSequences,
        [nameof(FloraEngineOptions.KvTokens)] = (r, s, o) => o.KvTokens = r.Number(s),
        [nameof(FloraEngineOptions.WarmUp)] = (r, s, o) => o.WarmUp = r.Flag(s) ?? o.WarmUp,
        [nameof(FloraEngineOptions.DrainTimeout)] = (r, s, o) => o.DrainTimeout = r.Time(s) ?? o.DrainTimeout,
        ["Queue:MaxRequests"] = (r, s, o) => o.Queue.MaxRequests = r.Number(s),
        ["Queue:MaxTokens"] = (r, s, o) => o.Queue.MaxTokens = r.Number(s),
        ["Restart:FailedSteps"] = (r, s, o) => o.Restart.FailedSteps = r.Number(s),
        ["Restart:MaxAttempts"] = (r, s, o) => o.Restart.MaxAttempts = r.Number(s) ?? o.Restart.MaxAttempts,
        ["Restart:Delay"] = (r, s, o) => o.Restart.Delay = r.Time(s) ?? o.Restart.Delay,
        ["Restart:MaxDelay"] = (r, s, o) => o.Restart.MaxDelay = r.Time(s) ?? o.Restart.MaxDelay,
        ["Resilience:FirstTokenTimeout"] = (r, s, o) => o.Resilience.FirstTokenTimeout = r.Time(s),
        ["Resilience:Retry:MaxAttempts"] = (r, s, o) => o.Resilience.Retry.MaxAttempts = r.Number(s) ?? o.Resilience.Retry.MaxAttempts,
        ["Resilience:Retry:MaxDelay"] = (r, s, o) => o.Resilience.Retry.MaxDelay = r.Time(s) ?? o.Resilience.Retry.MaxDelay,
        ["Resilience:CircuitBreaker:Enabled"] = (r, s, o) => o.Resilience.CircuitBreaker.Enabled = r.Flag(s) ?? o.Resilience.CircuitBreaker.Enabled,
        ["Resilience:CircuitBreaker:FailureRatio"] = (r, s, o) => o.Resilience.CircuitBreaker.FailureRatio = r.Fraction(s) ?? o.Resilience.CircuitBreaker.FailureRatio,
        ["Resilience:CircuitBreaker:MinimumThroughput"] = (r, s, o) => o.Resilience.CircuitBreaker.MinimumThroughput = r.Number(s) ?? o.Resilience.CircuitBreaker.MinimumThroughput,
        ["Resilience:CircuitBreaker:SamplingDuration"] = (r, s, o) => o.Resilience.CircuitBreaker.SamplingDuration = r.Time(s) ?? o.Resilience.CircuitBreaker.SamplingDuration,
        ["Resilience:CircuitBreaker:BreakDuration"] = (r, s, o) => o.Resilience.CircuitBreaker.BreakDuration = r.Time(s) ?? o.Resilience.CircuitBreaker.BreakDuration,
    };
}
