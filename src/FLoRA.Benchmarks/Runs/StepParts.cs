using System.Diagnostics;
using FLoRA.Inference.Execution;

namespace FLoRA.Benchmarks.Runs;

/// <summary>Where the engine thread's time goes, mean of the steps, ms.</summary>
/// <param name="ForwardMs">In the forward pass; on CUDA in its launch.</param>
/// <param name="SampleMs">In the choice of tokens; on CUDA with the wait for the device.</param>
/// <param name="RestMs">In all else: scheduling, batch, streams.</param>
public sealed record StepParts(double ForwardMs, double SampleMs, double RestMs)
{
    internal static StepParts Of(EngineCounters counters)
    {
        double Ms(long ticks) => ticks * 1e3 / Stopwatch.Frequency / Math.Max(1, counters.Steps);
        return new StepParts(Ms(counters.ForwardTicks), Ms(counters.SampleTicks), Ms(counters.StepTicks - counters.ForwardTicks - counters.SampleTicks));
    }
}
