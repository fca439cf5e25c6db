using FLoRA.Inference.Speech.Transcription.Rules;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>One window to be decoded at one temperature.</summary>
internal sealed record WindowRequest
{
    /// <summary>Input of the encoder.</summary>
    public required WindowFeatures Features { get; init; }

    /// <summary>The whole input of the decoder.</summary>
    public required IReadOnlyList<int> PromptTokens { get; init; }

    /// <summary>Position of <c>&lt;|startoftranscript|&gt;</c> in it, where the probability of no speech is read; null: not asked for.</summary>
    public int? NoSpeechPosition { get; init; }

    /// <summary>Applied at every step, in this order; empty: none.</summary>
    public IReadOnlyList<TokenRule> Rules { get; init; } = [];

    /// <summary>Most tokens that are sampled, the end token not counted. At least 1.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>0: the most likely token, or beams. Else filtered logits are divided by it before one is sampled.</summary>
    public double Temperature { get; init; }

    /// <summary>Above temperature 0: candidates, of which <see cref="LengthPenalty"/> picks the best. 1: no choice.</summary>
    public int BestOf { get; init; } = 1;

    /// <summary>At temperature 0: width of the search; null: greedy. A width of 1 is a search, too: it ends by other rules.</summary>
    public int? BeamSize { get; init; }

    /// <summary>Ended beams that are waited for: round half to even of beams x patience.</summary>
    public double Patience { get; init; } = 1;

    /// <summary>Candidates are compared by log-probability / ((5 + length) / 6)^penalty; null: / length. Length without the end token.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>Seed of the random numbers; null: one is drawn.</summary>
    public long? Seed { get; init; }

    /// <summary>Adapter; null: base.</summary>
    public string? Adapter { get; init; }
}

/// <summary>What a window gave.</summary>
internal sealed record DecodedWindow
{
    /// <summary>Sampled ids without the end token.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Sum of the log-probabilities of the tokens and the end token, if that came, under the logits that the rules left.</summary>
    public required double SumLogprob { get; init; }

    /// <summary>Probability of <c>&lt;|nospeech|&gt;</c> under the unfiltered logits; 0 where it was not asked for.</summary>
    public double NoSpeechProbability { get; init; }

    /// <summary>Why it ended.</summary>
    public FinishReason FinishReason { get; init; }
}
