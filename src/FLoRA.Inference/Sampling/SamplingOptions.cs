namespace FLoRA.Inference.Sampling;

/// <summary>
/// How the next token is chosen. The filters are applied in the order of the properties: repetition penalty, presence and
/// frequency penalty, logit bias, temperature, top-k, top-p, min-p, then softmax over what is left and a pick.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Always the most likely token.</summary>
    public static SamplingOptions Greedy { get; } = new();

    /// <summary>Over prompt and generated ids: positive logits are divided by it, negative multiplied. 1: off. Above 0.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once from each id generated so far (OpenAI). 0: off.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Subtracted per occurrence among the generated ids (OpenAI). 0: off.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these ids.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = new Dictionary<int, double>();

    /// <summary>0 (the default): greedy. Else the logits are divided by it. At least 0.</summary>
    public double Temperature { get; init; }

    /// <summary>Keeps the k largest logits. 0: off.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probability reaches p. 1: off. In (0, 1].</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Drops tokens less likely than this share of the most likely one. 0: off. In [0, 1].</summary>
    public double MinP { get; init; }

    /// <summary>Seed of the counter-based random numbers; null: one is drawn by the engine when the request is submitted.</summary>
    public long? Seed { get; init; }

    /// <summary>True if no random number is needed.</summary>
    public bool IsGreedy => Temperature == 0;

    /// <summary>True if the token is not simply the one of the largest logit.</summary>
    internal bool NeedsFilters => !IsGreedy || RepetitionPenalty != 1 || PresencePenalty != 0 || FrequencyPenalty != 0 || LogitBias.Count > 0;
}
