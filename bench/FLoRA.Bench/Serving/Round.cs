using System.Diagnostics;
using FLoRA.Inference.Execution;

namespace FLoRA.Bench.Serving;

/// <summary>One arm in one round.</summary>
/// <param name="Tokens">Produced.</param>
/// <param name="Seconds">From the first request to the end of the last.</param>
/// <param name="Engine">What the engine counted meanwhile.</param>
internal sealed record Round(int Tokens, double Seconds, EngineCounters Engine)
{
    public double TokensPerSecond => Tokens / Seconds;

    public double StepsPerSecond => Engine.Steps / Seconds;

    /// <summary>Wall time over steps: what lies between two steps counts.</summary>
    public double StepMilliseconds => 1000 * Seconds / Engine.Steps;

    /// <summary>Share of the wall time that is not in the model's forward pass: the strict reading.</summary>
    public double OutsideForward => 1 - (Engine.ForwardTicks / (double)Stopwatch.Frequency / Seconds);

    /// <summary>Share of the time within steps that is not in the forward pass.</summary>
    public double OutsideForwardInStep => 1 - (Engine.ForwardTicks / (double)Engine.StepTicks);

    public double SequencesPerStep => Engine.SequenceSteps / (double)Engine.Steps;

    public double AllocatedBytesPerStep => Engine.AllocatedBytes / (double)Engine.Steps;
}
