namespace FLoRA.Inference.Execution;

/// <summary>Running totals of an engine since its start, for the benchmarks. Subtract two readings.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="SequenceSteps">Sum over the steps of the sequences computed in each.</param>
/// <param name="StepTicks">Stopwatch ticks within steps.</param>
/// <param name="ForwardTicks">Of these, within the model's forward pass. On CUDA only its launch: the device works on meanwhile.</param>
/// <param name="AllocatedBytes">Managed bytes that the engine thread allocated within steps.</param>
internal readonly record struct EngineCounters(long Steps, long SequenceSteps, long StepTicks, long ForwardTicks, long AllocatedBytes)
{
    /// <summary>What happened between two readings.</summary>
    public static EngineCounters operator -(EngineCounters later, EngineCounters earlier) => new(
        later.Steps - earlier.Steps,
        later.SequenceSteps - earlier.SequenceSteps,
        later.StepTicks - earlier.StepTicks,
        later.ForwardTicks - earlier.ForwardTicks,
        later.AllocatedBytes - earlier.AllocatedBytes);
}
