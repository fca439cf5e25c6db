using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>Qwen 2 and 2.5 (dense): q, k and v always have biases, o and the feed-forward part never.</summary>
internal sealed class Qwen2Family : IModelFamily
{
    /// <inheritdoc/>
    public string ModelType => "qwen2";

    /// <inheritdoc/>
    public IReadOnlyList<string> Architectures { get; } = ["Qwen2ForCausalLM"];

    /// <inheritdoc/>
    public DecoderBlueprint Read(ConfigSection config, ConfigSection? generation) =>
        GatedDecoder.Build(ModelType, config, generation, new GatedDecoderTraits
        {
            Shape = AttentionShape.Read(config, kvHeadsMayBeAbsent: false),
            QkvBias = true,
            OutputBias = false,
            SlidingWindows = QwenWindows.Read(config),
        });
}
