namespace FLoRA.Inference.Models;

/// <summary>Normalisation in front of a sub-layer.</summary>
internal enum NormKind { Layer, Rms }

/// <summary>Non-linearity of the feed-forward part.</summary>
internal enum ActivationKind { GeluTanh, Gelu, Silu, Relu }

/// <summary>How the rows of the stacked query/key/value product are arranged.</summary>
internal enum QkvLayout
{
    /// <summary>All query heads, then all key heads, then all value heads.</summary>
    Concatenated,

    /// <summary>Per head: its query, key and value (GPTBigCode with multi-head attention).</summary>
    PerHead,
}

/// <summary>Rotary position embedding, the published angles already scaled.</summary>
/// <param name="InverseFrequencies">[head dim / 2], after linear or llama3 scaling.</param>
internal sealed record RotaryBlueprint(IReadOnlyList<double> InverseFrequencies);

/// <summary>One linear module as adapters name it, e.g. <c>transformer.h.0.attn.c_attn</c>.</summary>
/// <param name="Path">Module path in the checkpoint, without ".weight".</param>
/// <param name="InFeatures">Width of the input.</param>
/// <param name="OutFeatures">Width of the output.</param>
/// <param name="HasBias">Whether the checkpoint has a bias for it.</param>
internal sealed record ModuleBlueprint(string Path, int InFeatures, int OutFeatures, bool HasBias);

/// <summary>Modules that share their input and are stacked in memory: [q; k; v] or [gate; up], or just one.</summary>
internal sealed record LinearBlueprint(IReadOnlyList<ModuleBlueprint> Modules)
{
    /// <summary>Width of the input.</summary>
    public int InFeatures => Modules[0].InFeatures;

    /// <summary>Sum of the modules' outputs.</summary>
    public int OutFeatures => Modules.Sum(m => m.OutFeatures);

    /// <summary>Whether any of the modules has a bias; one without (Whisper's keys) has zeros in the stacked bias.</summary>
    public bool HasBias => Modules.Any(m => m.HasBias);
}

/// <summary>One decoder layer.</summary>
/// <param name="AttentionNorm">Path of the norm before attention.</param>
/// <param name="Qkv">Query, key, value.</param>
/// <param name="QueryNorm">Path of the per-head query norm (Qwen3), or null.</param>
/// <param name="KeyNorm">Path of the per-head key norm, or null.</param>
/// <param name="AttentionOutput">Output projection of the attention.</param>
/// <param name="MlpNorm">Path of the norm before the feed-forward part.</param>
/// <param name="MlpInput">One up projection, or [gate; up] when gated.</param>
/// <param name="MlpOutput">Down projection.</param>
/// <param name="SlidingWindow">Tokens that a position sees, itself included; null: all before it.</param>
internal sealed record LayerBlueprint(
    string AttentionNorm,
    LinearBlueprint Qkv,
    string? QueryNorm,
    string? KeyNorm,
    LinearBlueprint AttentionOutput,
    string MlpNorm,
    LinearBlueprint MlpInput,
    LinearBlueprint MlpOutput,
    int? SlidingWindow)
{
    /// <summary>Attention to an encoder's result, between self-attention and feed-forward; null: none.</summary>
    public CrossAttentionBlueprint? Cross { get; init; }

    /// <summary>Every stacked linear layer, in the order of the computation.</summary>
    public IEnumerable<LinearBlueprint> Linears => Cross is null
        ? [Qkv, AttentionOutput, MlpInput, MlpOutput]
        : [Qkv, AttentionOutput, Cross.Query, Cross.KeyValue, Cross.Output, MlpInput, MlpOutput];

    /// <summary>Every linear module of the layer, in the order of the computation.</summary>
    public IEnumerable<ModuleBlueprint> Modules => Linears.SelectMany(l => l.Modules);
}

/// <summary>Attention to an encoder's result: queries from the decoder, keys and values from the encoder.</summary>
/// <param name="Norm">Path of the norm before it.</param>
/// <param name="Query">Query projection.</param>
/// <param name="KeyValue">Key and value projections of the encoder's result.</param>
/// <param name="Output">Output projection.</param>
internal sealed record CrossAttentionBlueprint(string Norm, LinearBlueprint Query, LinearBlueprint KeyValue, LinearBlueprint Output);

/// <summary>A decoder-only transformer, configured: what a family's config.json means, and where its weights are.</summary>
internal sealed record DecoderBlueprint
{
    /// <summary><c>model_type</c> of config.json, e.g. "gpt_bigcode".</summary>
    public required string Family { get; init; }

    /// <summary>Entries of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Query heads.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Key/value heads; divides <see cref="QueryHeads"/>.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Largest number of positions.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Factor on query x key, usually 1 / sqrt(head dim).</summary>
    public required double AttentionScale { get; init; }

    /// <summary>Arrangement of the stacked query/key/value rows.</summary>
    public QkvLayout QkvLayout { get; init; }

    /// <summary>Kind of every norm but the per-head ones (those are RMS).</summary>
    public required NormKind Norm { get; init; }

    /// <summary>Added to the variance.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Non-linearity.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>act(gate) * up instead of act(up).</summary>
    public required bool GatedMlp { get; init; }

    /// <summary>Rotary positions; null: learned ones at <see cref="PositionEmbedding"/>.</summary>
    public RotaryBlueprint? Rotary { get; init; }

    /// <summary>Tensor name of the token embedding [vocabulary, hidden].</summary>
    public required string TokenEmbedding { get; init; }

    /// <summary>Tensor name of the learned positions [context, hidden], or null.</summary>
    public string? PositionEmbedding { get; init; }

    /// <summary>Path of the last norm.</summary>
    public required string FinalNorm { get; init; }

    /// <summary>Tensor name of the head [vocabulary, hidden]; null: tied to the token embedding.</summary>
    public string? Head { get; init; }

    /// <summary>The layers, in order.</summary>
    public required IReadOnlyList<LayerBlueprint> Layers { get; init; }

    /// <summary>End tokens: those of generation_config.json, else of config.json.</summary>
    public required IReadOnlyList<int> EosTokens { get; init; }

    /// <summary>First token, or null.</summary>
    public int? BosToken { get; init; }

    /// <summary>The encoder that the layers' cross-attention looks at; null: a model of text alone.</summary>
    public AudioEncoderBlueprint? Encoder { get; init; }

    /// <summary>Every linear module an adapter may target: the decoder's, then the encoder's.</summary>
    public IEnumerable<ModuleBlueprint> Modules =>
        Layers.Concat(Encoder?.Layers ?? []).SelectMany(l => l.Modules);
}
