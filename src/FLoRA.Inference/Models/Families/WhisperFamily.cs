using System.Collections.Frozen;
using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>
/// Whisper (Radford et al. 2022), every size: an encoder over log-mel frames and a decoder that attends to its result. Layer norms,
/// learned positions (the encoder's are read from the checkpoint too), biases everywhere but at the keys, tied head.
/// </summary>
internal sealed class WhisperFamily : IModelFamily
{
    /// <inheritdoc/>
    public string ModelType => "whisper";

    /// <inheritdoc/>
    public IReadOnlyList<string> Architectures { get; } = ["WhisperForConditionalGeneration"];

    /// <inheritdoc/>
    public IReadOnlySet<string> ImplementedKeys { get; } = new[] { "is_encoder_decoder" }.ToFrozenSet();

    /// <inheritdoc/>
    public DecoderBlueprint Read(ConfigSection config, ConfigSection? generation)
    {
        if (!config.Flag("is_encoder_decoder", absent: true))
            throw config.Unsupported("is_encoder_decoder", "true, or no such key");
        if (config.Flag("scale_embedding", absent: false))
            throw config.Unsupported("scale_embedding", "false, or no such key");
        if (!config.Flag("tie_word_embeddings", absent: true))
            throw config.Unsupported("tie_word_embeddings", "true, or no such key");
        int hidden = config.Count("d_model", SizeLimits.HiddenSize);
        int heads = Heads(config, "decoder_attention_heads", hidden), encoderHeads = Heads(config, "encoder_attention_heads", hidden);
        int vocabularySize = config.Count("vocab_size", SizeLimits.Vocabulary);
        int inner = config.Count("decoder_ffn_dim", SizeLimits.IntermediateSize), encoderInner = config.Count("encoder_ffn_dim", SizeLimits.IntermediateSize);
        SpecialTokens tokens = SpecialTokens.Read(config, generation, vocabularySize);
        return new DecoderBlueprint
        {
            Family = ModelType,
            VocabularySize = vocabularySize,
            HiddenSize = hidden,
            QueryHeads = heads,
            KvHeads = heads,
            HeadDim = hidden / heads,
            ContextLength = config.Count("max_target_positions", SizeLimits.Positions),
            AttentionScale = 1 / Math.Sqrt(hidden / heads),
            QkvLayout = QkvLayout.Concatenated,
            Norm = NormKind.Layer,
            NormEpsilon = 1e-5,
            Activation = Activations.Read(config, "activation_function", ActivationKind.Gelu),
            GatedMlp = false,
            TokenEmbedding = "model.decoder.embed_tokens.weight",
            PositionEmbedding = "model.decoder.embed_positions.weight",
            FinalNorm = "model.decoder.layer_norm",
            Layers = [.. Enumerable.Range(0, config.Count("decoder_layers", SizeLimits.Layers)).Select(i => DecoderLayer($"model.decoder.layers.{i}", hidden, inner))],
            Encoder = new AudioEncoderBlueprint
            {
                MelBins = config.Count("num_mel_bins", SizeLimits.HiddenSize),
                Positions = config.Count("max_source_positions", SizeLimits.Positions),
                Heads = encoderHeads,
                FirstConvolution = "model.encoder.conv1",
                SecondConvolution = "model.encoder.conv2",
                PositionEmbedding = "model.encoder.embed_positions.weight",
                Layers = [.. Enumerable.Range(0, config.Count("encoder_layers", SizeLimits.Layers)).Select(i => Layer($"model.encoder.layers.{i}", hidden, encoderInner))],
                FinalNorm = "model.encoder.layer_norm",
            },
            EosTokens = tokens.Eos,
            BosToken = tokens.Bos,
        };
    }

    private static int Heads(ConfigSection config, string key, int hidden)
    {
        int heads = config.Count(key, SizeLimits.Heads);
        return hidden % heads == 0 ? heads : throw config.Problem($"'d_model' is {hidden}; expected a multiple of '{key}', {heads}");
    }

    private static LayerBlueprint DecoderLayer(string path, int hidden, int inner)
    {
        string cross = $"{path}.encoder_attn";
        return Layer(path, hidden, inner) with
        {
            Cross = new CrossAttentionBlueprint(
                $"{path}.encoder_attn_layer_norm",
                Linear(hidden, hidden, $"{cross}.q_proj"),
                new LinearBlueprint([Module($"{cross}.k_proj", hidden, hidden, hasBias: false), Module($"{cross}.v_proj", hidden, hidden)]),
                Linear(hidden, hidden, $"{cross}.out_proj")),
        };
    }

    private static LayerBlueprint Layer(string path, int hidden, int inner)
    {
        string attention = $"{path}.self_attn";
        return new LayerBlueprint(
            AttentionNorm: $"{path}.self_attn_layer_norm",
            Qkv: new LinearBlueprint(
            [
                Module($"{attention}.q_proj", hidden, hidden),
                Module($"{attention}.k_proj", hidden, hidden, hasBias: false),
                Module($"{attention}.v_proj", hidden, hidden),
            ]),
            QueryNorm: null,
            KeyNorm: null,
            AttentionOutput: Linear(hidden, hidden, $"{attention}.out_proj"),
            MlpNorm: $"{path}.final_layer_norm",
            MlpInput: Linear(hidden, inner, $"{path}.fc1"),
            MlpOutput: Linear(inner, hidden, $"{path}.fc2"),
            SlidingWindow: null);
    }

    private static LinearBlueprint Linear(int inFeatures, int outFeatures, string path) => new([Module(path, inFeatures, outFeatures)]);

    private static ModuleBlueprint Module(string path, int inFeatures, int outFeatures, bool hasBias = true) => new(path, inFeatures, outFeatures, hasBias);
}
