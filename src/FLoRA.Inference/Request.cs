using FLoRA.Inference.Sampling;

namespace FLoRA.Inference;

/// <summary>One request in token ids. Immutable; the engine never changes it.</summary>
public sealed record Request
{
    /// <summary>Prompt, at least one id, each in [0, vocabulary).</summary>
    public required IReadOnlyList<int> PromptTokens { get; init; }

    /// <summary>A window of audio, for speech models, which need one; null: text.</summary>
    public AudioInput? Audio { get; init; }

    /// <summary>Rules that change the logits of each step before everything else.</summary>
    internal IReadOnlyList<ITokenRule> Rules { get; init; } = [];

    /// <summary>Searches with several beams: tokens come all at the end, <see cref="Sampling"/> has no part in it. Speech models only. Null: a token at a time.</summary>
    internal BeamSettings? Beams { get; init; }

    /// <summary>Of a scored prompt: how it looks at the recording; null: not asked for.</summary>
    internal AlignmentProbe? Alignment { get; init; }

    /// <summary>Asks for probabilities at a position of the prompt; null: none.</summary>
    internal TokenProbe? Probe { get; init; }

    /// <summary>Name of a registered adapter; null: the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>Most tokens to produce; null: what context and cache allow.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>How a token is chosen.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>Ids that end the text beside the model's own end tokens; the id itself is not given out.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>True: the model's own end tokens neither stop nor are hidden.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Gives the log-probability of each produced token, of the raw logits; with rules, of the logits after them.</summary>
    public bool Logprobs { get; init; }
}
