using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>Qwen 3 (dense): an RMS norm over each query and key head before the rotary turn; head width 128 unless given.</summary>
internal sealed class Qwen3Family : IModelFamily
{
    private const int DefaultHeadDim = 128;

    /// <inheritdoc/>
    public string ModelType => "qwen3";

    /// <inheritdoc/>
    public IReadOnlyList<string> Architectures { get; } = ["Qwen3ForCausalLM"];

    /// <inheritdoc/>
    public DecoderBlueprint Read(ConfigSection config, ConfigSection? generation)
    {
        var attentionBias = config.Flag("attention_bias", absent: false);
        return GatedDecoder.Build(ModelType, config, generation, new GatedDecoderTraits
        {
            Shape = AttentionShape.Read(config, kvHeadsMayBeAbsent: false, DefaultHeadDim),
            QkvBias = attentionBias,
            OutputBias = attentionBias,
            QueryKeyNorm = true,
            SlidingWindows = QwenWindows.Read(config),
        });
    }
}
