namespace FLoRA.SemanticKernel;

/// <summary>What makes two services share an engine: everything that is the engine's own, except its adapters.</summary>
internal sealed record EngineKey
{
    /// <summary>Text and speech have engines of their own, whatever the folder.</summary>
    internal required Type Kind { get; init; }

    internal required string Model { get; init; }

    internal required string Device { get; init; }

    internal required string DType { get; init; }

    internal required int? Threads { get; init; }

    internal required int MaxRows { get; init; }

    internal required int MaxSequences { get; init; }

    internal required int? KvTokens { get; init; }

    internal required bool PrefixCache { get; init; }

    internal required string? AdapterRoot { get; init; }

    internal required long? AdapterBytes { get; init; }

    internal required long? AdapterHostBytes { get; init; }

    internal required int? QueueRequests { get; init; }

    internal required int? QueueTokens { get; init; }

    internal required (int? FailedSteps, int MaxAttempts, TimeSpan Delay, TimeSpan MaxDelay) Restart { get; init; }

    internal static EngineKey Of(FloraEngineOptions options) => new()
    {
        Kind = options.GetType(),
        Model = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Model)),
        Device = options.Device,
        DType = options.DType,
        Threads = options.Threads,
        MaxRows = options.MaxRows,
        MaxSequences = options.MaxSequences,
        KvTokens = options.KvTokens,
        PrefixCache = options is not FloraOptions { PrefixCache: false },
        AdapterRoot = options.AdapterRoot is { } root ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)) : null,
        AdapterBytes = options.AdapterBytes,
        AdapterHostBytes = options.AdapterHostBytes,
        QueueRequests = options.Queue.MaxRequests,
        QueueTokens = options.Queue.MaxTokens,
        Restart = (options.Restart.FailedSteps, options.Restart.MaxAttempts, options.Restart.Delay, options.Restart.MaxDelay),
    };
}
