namespace FLoRA.Inference.Scheduling;

/// <summary>Budgets of a <see cref="Scheduler"/>.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Row budget of a step: sum of tokens x width.</summary>
    public required int MaxRows { get; init; }

    /// <summary>Sequences that run at the same time.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Blocks of the key/value cache.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Tokens in a block.</summary>
    public required int BlockTokens { get; init; }

    /// <summary>Full blocks are shared by equal prefixes, of the sequences that have a <see cref="Sequence.PrefixRoot"/>.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>
    /// Fewest tokens of a common beginning for which a sequence waits a step. Waiting costs it one more reading of the weights, which is as long as computing some dozens of tokens.
    /// </summary>
    public int MinAwaitedTokens { get; init; } = 64;

    /// <summary>Encoder of the model; null: text alone.</summary>
    public EncoderBudget? Encoder { get; init; }

    /// <summary>Tokens that the cache holds.</summary>
    public long PoolTokens => (long)BlockCount * BlockTokens;

    /// <summary>Blocks that hold <paramref name="tokens"/> tokens: the quotient rounded up.</summary>
    public int BlocksFor(int tokens) => (int)(((long)tokens + BlockTokens - 1) / BlockTokens);

    /// <summary>Refuses budgets that cannot work.</summary>
    /// <exception cref="ArgumentException">A budget is below 1.</exception>
    public void Validate()
    {
        if (MaxRows < 1 || MaxSequences < 1 || BlockCount < 1 || BlockTokens < 1)
            throw new ArgumentException($"Every budget of the scheduler must be at least 1: MaxRows {MaxRows}, MaxSequences {MaxSequences}, BlockCount {BlockCount}, BlockTokens {BlockTokens}.");
    }
}

/// <summary>What one recording takes of an encoder, and how much of it a step does.</summary>
/// <param name="Positions">Positions of a result: places in the cache.</param>
/// <param name="Units">Units of work for one result.</param>
/// <param name="PositionsPerStep">Positions that a step takes one unit further; one recording is always taken.</param>
internal sealed record EncoderBudget(int Positions, int Units, int PositionsPerStep);
