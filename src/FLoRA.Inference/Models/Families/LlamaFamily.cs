using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>Llama 1 to 3 and models of its layout. <c>attention_bias</c> covers q, k, v and o alike.</summary>
internal sealed class LlamaFamily : IModelFamily
{
    /// <inheritdoc/>
    public string ModelType => "llama";

    /// <inheritdoc/>
    public IReadOnlyList<string> Architectures { get; } = ["LlamaForCausalLM"];

    /// <inheritdoc/>
    public DecoderBlueprint Read(ConfigSection config, ConfigSection? generation)
    {
        UnsupportedKeys.RefuseAny(config, "sliding_window");
        LayerTypes.RequireAll(config, config.Count("num_hidden_layers", SizeLimits.Layers), slides: false);
        var attentionBias = config.Flag("attention_bias", absent: false);
        return GatedDecoder.Build(ModelType, config, generation, new GatedDecoderTraits
        {
            Shape = AttentionShape.Read(config, kvHeadsMayBeAbsent: true),
            QkvBias = attentionBias,
            OutputBias = attentionBias,
            MlpBias = config.Flag("mlp_bias", absent: false),
        });
    }
}
