using FLoRA.Inference.Models.Configuration;
using FLoRA.Inference.Models.Rotary;

namespace FLoRA.Inference.Models.Families;

/// <summary>StarCoder 2: layer norms, rotary positions, biases everywhere, one sliding window for all layers, plain feed-forward part.</summary>
internal sealed class StarCoder2Family : IModelFamily
{
    /// <inheritdoc/>
    public string ModelType => "starcoder2";

    /// <inheritdoc/>
    public IReadOnlyList<string> Architectures { get; } = ["Starcoder2ForCausalLM"];

    /// <inheritdoc/>
    public DecoderBlueprint Read(ConfigSection config, ConfigSection? generation)
    {
        var shape = AttentionShape.Read(config, kvHeadsMayBeAbsent: false);
        var vocabularySize = config.Count("vocab_size", SizeLimits.Vocabulary);
        var tokens = SpecialTokens.Read(config, generation, vocabularySize);
        var intermediateSize = config.Count("intermediate_size", SizeLimits.IntermediateSize);
        var layerCount = config.Count("num_hidden_layers", SizeLimits.Layers);
        var slidingWindow = config.OptionalCount("sliding_window", SizeLimits.Positions);
        LayerTypes.RequireAll(config, layerCount, slides: slidingWindow is not null);
        RefuseOtherNorm(config);
        var hasBias = config.Flag("use_bias", absent: true);
        return new DecoderBlueprint
        {
            Family = ModelType,
            VocabularySize = vocabularySize,
            HiddenSize = shape.HiddenSize,
            QueryHeads = shape.QueryHeads,
            KvHeads = shape.KvHeads,
            HeadDim = shape.HeadDim,
            ContextLength = config.Count("max_position_embeddings", SizeLimits.Positions),
            AttentionScale = shape.Scale,
            Norm = NormKind.Layer,
            NormEpsilon = config.Positive("norm_epsilon", 1e-5),
            Activation = Activations.Read(config, "hidden_act", ActivationKind.GeluTanh),
            GatedMlp = false,
            Rotary = RotaryFrequencies.Compute(RopeReader.Read(config), shape.HeadDim),
            TokenEmbedding = "model.embed_tokens.weight",
            FinalNorm = "model.norm",
            Head = config.Flag("tie_word_embeddings", absent: true) ? null : "lm_head.weight",
            Layers = [.. Enumerable.Range(0, layerCount).Select(i => Layer(i, shape, intermediateSize, hasBias, slidingWindow))],
            EosTokens = tokens.Eos,
            BosToken = tokens.Bos,
        };
    }

    /// <summary>Early published files name the norm and the shape of the feed-forward part.</summary>
    private static void RefuseOtherNorm(ConfigSection config)
    {
        if (config.Text("norm_type") is { } norm && norm != "layer_norm")
            throw config.Unsupported("norm_type", "layer_norm");
        if (config.Text("mlp_type") is { } mlp && mlp != "default")
            throw config.Unsupported("mlp_type", "default");
    }

    private static LayerBlueprint Layer(int index, AttentionShape shape, int intermediateSize, bool hasBias, int? slidingWindow)
    {
        var layer = $"model.layers.{index}";
        ModuleBlueprint Module(string name, int inFeatures, int outFeatures) => new($"{layer}.{name}", inFeatures, outFeatures, hasBias);
        return new LayerBlueprint(
            AttentionNorm: $"{layer}.input_layernorm",
            Qkv: new(
            [
                Module("self_attn.q_proj", shape.HiddenSize, shape.QueryWidth),
                Module("self_attn.k_proj", shape.HiddenSize, shape.KvWidth),
                Module("self_attn.v_proj", shape.HiddenSize, shape.KvWidth),
            ]),
            QueryNorm: null,
            KeyNorm: null,
            AttentionOutput: new([Module("self_attn.o_proj", shape.QueryWidth, shape.HiddenSize)]),
            MlpNorm: $"{layer}.post_attention_layernorm",
            MlpInput: new([Module("mlp.c_fc", shape.HiddenSize, intermediateSize)]),
            MlpOutput: new([Module("mlp.c_proj", intermediateSize, shape.HiddenSize)]),
            SlidingWindow: slidingWindow);
    }
}
