namespace FLoRA.Inference.Scheduling;

/// <summary>Encoder work: a unit per step beside the tokens.</summary>
internal sealed partial class Scheduler
{
    /// <summary>The last batch's audio was taken one unit further. What nobody runs with any more is passed over.</summary>
    public void CommitEncoding()
    {
        foreach (AudioEncoding encoding in _batch.Encodings)
        {
            if (encoding.Runners > 0)
                encoding.CompletedUnits++;
        }
    }

    /// <summary>
    /// The oldest audio that is not encoded yet and all that is equally far, within the budget: one unit of it stands beside the decodes of a
    /// step, so nobody waits longer than that.
    /// </summary>
    private void AddEncoding()
    {
        foreach (Sequence sequence in _running)
        {
            if (!sequence.IsEncoding || _batch.Encodings.Contains(sequence.Audio!))
                continue;
            if (_batch.Encodings.Count > 0
                && (sequence.Audio!.CompletedUnits != _batch.Encodings[0].CompletedUnits || (_batch.Encodings.Count + 1L) * _options.Encoder!.Positions > _options.Encoder.PositionsPerStep))
                continue;
            sequence.Audio!.IsUnproven = true;
            _batch.Encodings.Add(sequence.Audio);
        }
    }
}
