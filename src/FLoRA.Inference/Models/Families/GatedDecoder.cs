using FLoRA.Inference.Models.Configuration;
using FLoRA.Inference.Models.Rotary;

namespace FLoRA.Inference.Models.Families;

/// <summary>Where the families of <see cref="GatedDecoder"/> differ.</summary>
internal sealed record GatedDecoderTraits
{
    /// <summary>Widths of attention.</summary>
    public required AttentionShape Shape { get; init; }

    /// <summary>Biases of q_proj, k_proj, v_proj.</summary>
    public required bool QkvBias { get; init; }

    /// <summary>Bias of o_proj.</summary>
    public required bool OutputBias { get; init; }

    /// <summary>Biases of gate_proj, up_proj, down_proj.</summary>
    public bool MlpBias { get; init; }

    /// <summary>RMS norms q_norm and k_norm over each head.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Sliding window of each layer, or null for all layers in full.</summary>
    public IReadOnlyList<int?>? SlidingWindows { get; init; }
}

/// <summary>The decoder of Llama and its relatives: RMS norms, rotary positions, q/k/v/o projections, gated feed-forward part.</summary>
internal static class GatedDecoder
{
    /// <summary>Builds the blueprint from the keys that these families share.</summary>
    /// <exception cref="ModelLoadException">A key is missing or bad.</exception>
    public static DecoderBlueprint Build(string family, ConfigSection config, ConfigSection? generation, GatedDecoderTraits traits)
    {
        var shape = traits.Shape;
        var vocabularySize = config.Count("vocab_size", SizeLimits.Vocabulary);
        var tokens = SpecialTokens.Read(config, generation, vocabularySize);
        var intermediateSize = config.Count("intermediate_size", SizeLimits.IntermediateSize);
        var layerCount = config.Count("num_hidden_layers", SizeLimits.Layers);
        return new DecoderBlueprint
        {
            Family = family,
            VocabularySize = vocabularySize,
            HiddenSize = shape.HiddenSize,
            QueryHeads = shape.QueryHeads,
            KvHeads = shape.KvHeads,
            HeadDim = shape.HeadDim,
            ContextLength = config.Count("max_position_embeddings", SizeLimits.Positions),
            AttentionScale = shape.Scale,
            Norm = NormKind.Rms,
            NormEpsilon = config.Positive("rms_norm_eps", 1e-6),
            Activation = Activations.Read(config, "hidden_act", ActivationKind.Silu),
            GatedMlp = true,
            Rotary = RotaryFrequencies.Compute(RopeReader.Read(config), shape.HeadDim),
            TokenEmbedding = "model.embed_tokens.weight",
            FinalNorm = "model.norm",
            Head = config.Flag("tie_word_embeddings", absent: false) ? null : "lm_head.weight",
            Layers = [.. Enumerable.Range(0, layerCount).Select(i => Layer(i, intermediateSize, traits))],
            EosTokens = tokens.Eos,
            BosToken = tokens.Bos,
        };
    }

    private static LayerBlueprint Layer(int index, int intermediateSize, GatedDecoderTraits traits)
    {
        var shape = traits.Shape;
        var layer = $"model.layers.{index}";
        ModuleBlueprint Projection(string name, int outFeatures) =>
            new($"{layer}.self_attn.{name}", shape.HiddenSize, outFeatures, traits.QkvBias);
        ModuleBlueprint FeedForward(string name, int inFeatures, int outFeatures) =>
            new($"{layer}.mlp.{name}", inFeatures, outFeatures, traits.MlpBias);
        return new LayerBlueprint(
            AttentionNorm: $"{layer}.input_layernorm",
            Qkv: new([Projection("q_proj", shape.QueryWidth), Projection("k_proj", shape.KvWidth), Projection("v_proj", shape.KvWidth)]),
            QueryNorm: traits.QueryKeyNorm ? $"{layer}.self_attn.q_norm" : null,
            KeyNorm: traits.QueryKeyNorm ? $"{layer}.self_attn.k_norm" : null,
            AttentionOutput: new([new($"{layer}.self_attn.o_proj", shape.QueryWidth, shape.HiddenSize, traits.OutputBias)]),
            MlpNorm: $"{layer}.post_attention_layernorm",
            MlpInput: new(
                [FeedForward("gate_proj", shape.HiddenSize, intermediateSize), FeedForward("up_proj", shape.HiddenSize, intermediateSize)]),
            MlpOutput: new([FeedForward("down_proj", intermediateSize, shape.HiddenSize)]),
            SlidingWindow: traits.SlidingWindows?[index]);
    }
}
