using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>A norm's parameters.</summary>
/// <param name="Weight">[width].</param>
/// <param name="Bias">[width]; null for RMS norms.</param>
internal sealed record NormWeights(Tensor Weight, Tensor? Bias);

/// <summary>The modules of a <see cref="LinearBlueprint"/>, their rows stacked in its order.</summary>
/// <param name="Blueprint">Modules and widths.</param>
/// <param name="Weight">[sum of out, in], contiguous.</param>
/// <param name="Bias">[sum of out]; null where the modules have none.</param>
internal sealed record StackedLinear(LinearBlueprint Blueprint, Tensor Weight, Tensor? Bias);

/// <summary>The tensors of one layer; owned by <see cref="DecoderWeights"/>.</summary>
/// <param name="AttentionNorm">Norm before attention, [hidden].</param>
/// <param name="Qkv">Query, key, value.</param>
/// <param name="QueryNorm">[head dim], or null.</param>
/// <param name="KeyNorm">[head dim], or null.</param>
/// <param name="AttentionOutput">Output projection of the attention.</param>
/// <param name="MlpNorm">Norm before the feed-forward part, [hidden].</param>
/// <param name="MlpInput">Up, or gate and up.</param>
/// <param name="MlpOutput">Down.</param>
internal sealed record LayerWeights(
    NormWeights AttentionNorm,
    StackedLinear Qkv,
    Tensor? QueryNorm,
    Tensor? KeyNorm,
    StackedLinear AttentionOutput,
    NormWeights MlpNorm,
    StackedLinear MlpInput,
    StackedLinear MlpOutput)
{
    /// <summary>In the order of <see cref="LayerBlueprint.Modules"/>.</summary>
    public IEnumerable<StackedLinear> Linears => [Qkv, AttentionOutput, MlpInput, MlpOutput];
}
