using FLoRA.Inference;

namespace Transcriber.Listening;

/// <summary>Counts the engine's decoding steps and the recordings in them. Thread-safe.</summary>
internal sealed class BatchMeter
{
    private readonly Lock _lock = new();
    private long _steps, _sequences;

    /// <summary>Recordings that shared a step; 0 without steps.</summary>
    public double MeanSequences
    {
        get
        {
            lock (_lock)
                return _steps == 0 ? 0 : (double)_sequences / _steps;
        }
    }

    /// <summary>Called by the engine after each step; those that only encode have no sequences.</summary>
    public void OnStep(StepTrace step)
    {
        if (step.Sequences.Count == 0)
            return;
        lock (_lock)
        {
            _steps++;
            _sequences += step.Sequences.Count;
        }
    }
}
