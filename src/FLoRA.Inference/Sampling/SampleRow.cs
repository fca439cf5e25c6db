namespace FLoRA.Inference.Sampling;

/// <summary>What the sampler needs to know of one row of logits.</summary>
internal readonly record struct SampleRow
{
    /// <summary>How the token is chosen; already validated.</summary>
    public required SamplingOptions Options { get; init; }

    /// <summary>Prompt of the sequence, ids in [0, vocabulary).</summary>
    public required IReadOnlyList<int> PromptTokens { get; init; }

    /// <summary>Ids chosen so far, ids in [0, vocabulary).</summary>
    public required IReadOnlyList<int> GeneratedTokens { get; init; }

    /// <summary>Seed of the sequence's random numbers.</summary>
    public ulong Seed { get; init; }

    /// <summary>Position of the token among the generated ones, from 0: the counter of the random numbers.</summary>
    public int OutputIndex { get; init; }

    /// <summary>Rules over the row before everything else; with them the log-probability is that after the rules. Null or empty: none.</summary>
    public IReadOnlyList<ITokenRule>? Rules { get; init; }

    /// <summary>True if there are rules.</summary>
    public bool HasRules => Rules is { Count: > 0 };

    /// <summary>True: the log-probability of the chosen token is asked for.</summary>
    public bool Logprob { get; init; }
}
