namespace FLoRA.Inference.Scheduling;

/// <summary>Part of a step: tokens [Start, Start + Count) of a sequence are computed.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Start">First position to compute; everything before it is in the cache.</param>
/// <param name="Count">Tokens to compute, at least 1.</param>
/// <param name="NeedsLogits">The last of them is the sequence's newest token, so a token is sampled after it.</param>
/// <param name="IsDecode">One generated token of a sequence past its prefill; otherwise a chunk of a prefill.</param>
internal readonly record struct ScheduledTokens(Sequence Sequence, int Start, int Count, bool NeedsLogits, bool IsDecode);

/// <summary>What one step computes. Reused: valid until the next <see cref="Scheduler.Schedule"/>.</summary>
internal sealed class ScheduledBatch
{
    /// <summary>Decoding sequences first, then prefill chunks, each oldest first; a sequence appears at most once.</summary>
    public List<ScheduledTokens> Entries { get; } = [];

    /// <summary>Admitted in this step, in the order of the queue; some may get no rows yet.</summary>
    public List<Sequence> Admitted { get; } = [];

    /// <summary>Preempted in this step, youngest first; none of them is admitted in the same step.</summary>
    public List<Sequence> Preempted { get; } = [];

    /// <summary>Audio that the encoder takes one unit further in this step; all at the same unit.</summary>
    public List<AudioEncoding> Encodings { get; } = [];

    /// <summary>
    /// Blocks whose last owner left before finite numbers came of them: to be zeroed before the step computes, because a masked position of
    /// their next owner must be finite.
    /// </summary>
    public List<int> SpoiledBlocks { get; } = [];

    /// <summary>Cache blocks to copy before anything is computed: a beam is about to write to a block that others hold.</summary>
    public List<(int From, int To)> BlockCopies { get; } = [];

    /// <summary>Sum of tokens x width; a token that is multiplied by formed weights is one.</summary>
    public int Rows { get; private set; }

    /// <summary>Tokens of prefill chunks, also those recomputed after a preemption.</summary>
    public int PrefillTokens { get; private set; }

    /// <summary>Sequences that decode one token.</summary>
    public int DecodeTokens { get; private set; }

    internal void Clear()
    {
        Entries.Clear();
        Admitted.Clear();
        Preempted.Clear();
        Encodings.Clear();
        SpoiledBlocks.Clear();
        BlockCopies.Clear();
        Rows = PrefillTokens = DecodeTokens = 0;
    }

    internal void Add(Sequence sequence, int count)
    {
        bool decode = sequence.IsDecoding;
        sequence.IsUnproven = true;
        Entries.Add(new(sequence, sequence.ComputedTokens, count, count == sequence.PendingTokens, decode));
        Rows += sequence.RowsOf(count);
        if (decode)
            DecodeTokens += count;
        else
            PrefillTokens += count;
    }
}
