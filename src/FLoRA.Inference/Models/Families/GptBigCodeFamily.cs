using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>
/// GPTBigCode (SantaCoder, StarCoder): learned positions, layer norms, biases everywhere, one c_attn for query, key and value.
/// With <c>multi_query</c> its rows are [all query heads; key; value], without it [query; key; value] of each head in turn.
/// The softmax precision flags change no result here: the engine's softmax is in float32 always.
/// </summary>
internal sealed class GptBigCodeFamily : IModelFamily
{
    private const int InnerFactor = 4;

    /// <inheritdoc/>
    public string ModelType => "gpt_bigcode";

    /// <inheritdoc/>
    public IReadOnlyList<string> Architectures { get; } = ["GPTBigCodeForCausalLM", "GPTBigCodeLMHeadModel"];

    /// <inheritdoc/>
    public DecoderBlueprint Read(ConfigSection config, ConfigSection? generation)
    {
        UnsupportedKeys.RefuseAny(config, "sliding_window", "rope_theta", "rope_scaling", "rope_parameters", "head_dim");
        var hiddenSize = config.Count("n_embd", SizeLimits.HiddenSize);
        var heads = config.Count("n_head", SizeLimits.Heads);
        if (hiddenSize % heads != 0)
            throw config.Problem($"'n_embd' is {hiddenSize}; expected a multiple of 'n_head', {heads}");
        var headDim = hiddenSize / heads;
        var multiQuery = config.Flag("multi_query", absent: true);
        var kvHeads = multiQuery ? 1 : heads;
        if (config.OptionalCount("num_key_value_heads", SizeLimits.Heads) is { } listed && listed != kvHeads)
            throw config.Problem($"'num_key_value_heads' is {listed}; 'multi_query' {(multiQuery ? "true" : "false")} means {kvHeads}");
        var vocabularySize = config.Count("vocab_size", SizeLimits.Vocabulary);
        var tokens = SpecialTokens.Read(config, generation, vocabularySize);
        var innerSize = config.OptionalCount("n_inner", SizeLimits.IntermediateSize) ?? InnerFactor * hiddenSize;
        var layerCount = config.Count("n_layer", SizeLimits.Layers);
        LayerTypes.RequireAll(config, layerCount, slides: false);
        return new DecoderBlueprint
        {
            Family = ModelType,
            VocabularySize = vocabularySize,
            HiddenSize = hiddenSize,
            QueryHeads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            ContextLength = config.Count("n_positions", SizeLimits.Positions),
            AttentionScale = config.Flag("scale_attn_weights", absent: true) ? 1 / Math.Sqrt(headDim) : 1,
            QkvLayout = multiQuery ? QkvLayout.Concatenated : QkvLayout.PerHead,
            Norm = NormKind.Layer,
            NormEpsilon = config.Positive("layer_norm_epsilon", 1e-5),
            Activation = Activations.Read(config, "activation_function", ActivationKind.GeluTanh),
            GatedMlp = false,
            TokenEmbedding = "transformer.wte.weight",
            PositionEmbedding = "transformer.wpe.weight",
            FinalNorm = "transformer.ln_f",
            Head = config.Flag("tie_word_embeddings", absent: true) ? null : "lm_head.weight",
            Layers = [.. Enumerable.Range(0, layerCount).Select(i => Layer(i, hiddenSize, hiddenSize + 2 * kvHeads * headDim, innerSize))],
            EosTokens = tokens.Eos,
            BosToken = tokens.Bos,
        };
    }

    private static LayerBlueprint Layer(int index, int hiddenSize, int qkvSize, int innerSize)
    {
        var layer = $"transformer.h.{index}";
        LinearBlueprint Linear(string name, int inFeatures, int outFeatures) =>
            new([new ModuleBlueprint($"{layer}.{name}", inFeatures, outFeatures, HasBias: true)]);
        return new LayerBlueprint(
            AttentionNorm: $"{layer}.ln_1",
            Qkv: Linear("attn.c_attn", hiddenSize, qkvSize),
            QueryNorm: null,
            KeyNorm: null,
            AttentionOutput: Linear("attn.c_proj", hiddenSize, hiddenSize),
            MlpNorm: $"{layer}.ln_2",
            MlpInput: Linear("mlp.c_fc", hiddenSize, innerSize),
            MlpOutput: Linear("mlp.c_proj", innerSize, hiddenSize),
            SlidingWindow: null);
    }
}
