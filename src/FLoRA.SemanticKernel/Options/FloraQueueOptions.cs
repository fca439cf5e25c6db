using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Bounds of the engine's queue. A request waits there until it is admitted to the batch for the first time; beyond the bounds it is refused
/// with <see cref="EngineOverloadedException"/>, which says when to come back. Services that share an engine share its queue.
/// </summary>
public sealed class FloraQueueOptions
{
    /// <summary>Requests that may wait; null: any number.</summary>
    public int? MaxRequests { get; set; } = 1024;

    /// <summary>Prompt tokens of the waiting requests together; null: any number. One request alone is taken whatever its length.</summary>
    public int? MaxTokens { get; set; } = 1 << 20;

    internal FloraQueueOptions Copy() => (FloraQueueOptions)MemberwiseClone();
}
