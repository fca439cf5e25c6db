using FLoRA.Inference;

namespace CodeAgent.Agent;

/// <summary>Steps of the engine and the sequences in them, summed.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Sequences">Sum over the steps of their sequences.</param>
internal readonly record struct BatchCount(long Steps, long Sequences)
{
    /// <summary>Sequences that shared a step; 0 without steps.</summary>
    public double MeanSequences => Steps == 0 ? 0 : (double)Sequences / Steps;

    public static BatchCount operator +(BatchCount a, BatchCount b) => new(a.Steps + b.Steps, a.Sequences + b.Sequences);

    public static BatchCount operator -(BatchCount a, BatchCount b) => new(a.Steps - b.Steps, a.Sequences - b.Sequences);
}

/// <summary>
/// Counts the engine's steps as they happen. The difference of two readings, taken before and after a completion, covers
/// the steps that the completion was part of. Thread-safe.
/// </summary>
internal sealed class BatchMeter
{
    private readonly Lock _lock = new();
    private BatchCount _total;

    /// <summary>The counts so far.</summary>
    public BatchCount Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    /// <summary>Called by the engine after each step.</summary>
    public void OnStep(StepTrace step)
    {
        lock (_lock)
            _total += new BatchCount(1, step.Sequences.Count);
    }
}
