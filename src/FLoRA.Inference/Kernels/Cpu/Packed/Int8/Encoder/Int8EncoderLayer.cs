using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>One layer of an audio encoder in eight bits; see <see cref="PackedEncoderLayer"/> for its passes.</summary>
/// <param name="library">Gives data pointers.</param>
/// <param name="weights">The layer's matrices in eight bits and tensors of float32; must outlive this.</param>
internal sealed class Int8EncoderLayer(TorchCpuLibrary library, LayerWeights weights)
{
    /// <summary>Query, key, value, output of the attention, up, down.</summary>
    public IReadOnlyList<EncoderModule> Modules { get; } = [.. EncoderModule.Of(library, weights.Linears)];

    /// <summary>Norm before the attention.</summary>
    public PackedNorm AttentionNorm { get; } = new(library, weights.AttentionNorm);

    /// <summary>Norm before the feed-forward part.</summary>
    public PackedNorm MlpNorm { get; } = new(library, weights.MlpNorm);
}
