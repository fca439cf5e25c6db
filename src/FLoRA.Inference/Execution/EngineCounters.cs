namespace FLoRA.Inference.Execution;

/// <summary>Running totals of an engine since its start, for the benchmarks. Subtract two readings.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="SequenceSteps">Sum over the steps of the sequences computed in each.</param>
/// <param name="StepTicks">Stopwatch ticks within steps.</param>
/// <param name="ForwardTicks">Of these, within the model's forward pass. On CUDA only its launch: the device works on meanwhile.</param>
/// <param name="SampleTicks">Of these, within the choice of tokens; on CUDA the wait for the device too.</param>
/// <param name="AllocatedBytes">Managed bytes that the engine thread allocated within steps.</param>
internal readonly record struct EngineCounters(long Steps, long SequenceSteps, long StepTicks, long ForwardTicks, long SampleTicks, long AllocatedBytes)
{
    /// <summary>Tokens that were taken from the cache instead of being computed, after a preemption too.</summary>
    public long PrefixHitTokens { get; init; }

    /// <summary>Blocks that equal prefixes may take now, whether sequences hold them or nobody does.</summary>
    public int CachedBlocks { get; init; }

    /// <summary>Of these, given up because others were needed.</summary>
    public long EvictedBlocks { get; init; }

    /// <summary>What happened between two readings.</summary>
    public static EngineCounters operator -(EngineCounters later, EngineCounters earlier) => new(
        later.Steps - earlier.Steps,
        later.SequenceSteps - earlier.SequenceSteps,
        later.StepTicks - earlier.StepTicks,
        later.ForwardTicks - earlier.ForwardTicks,
        later.SampleTicks - earlier.SampleTicks,
        later.AllocatedBytes - earlier.AllocatedBytes)
    {
        PrefixHitTokens = later.PrefixHitTokens - earlier.PrefixHitTokens,
        CachedBlocks = later.CachedBlocks,
        EvictedBlocks = later.EvictedBlocks - earlier.EvictedBlocks,
    };
}
