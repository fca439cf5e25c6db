using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>A norm's parameters.</summary>
/// <param name="Weight">[width].</param>
/// <param name="Bias">[width]; null for RMS norms.</param>
internal sealed record NormWeights(Tensor Weight, Tensor? Bias);

/// <summary>The modules of a <see cref="LinearBlueprint"/>, their rows stacked in its order.</summary>
/// <param name="Blueprint">Modules and widths.</param>
/// <param name="FullWeight">[sum of out, in], contiguous; null: in eight bits.</param>
/// <param name="Bias">[sum of out]; null where the modules have none.</param>
internal sealed record StackedLinear(LinearBlueprint Blueprint, Tensor? FullWeight, Tensor? Bias)
{
    /// <summary>[out, in]; there is none in eight bits.</summary>
    public Tensor Weight => FullWeight ?? throw new InvalidOperationException("The weight is held in eight bits; expected one in the engine's type.");

    /// <summary>The modules in eight bits; empty: they are of the engine's type.</summary>
    public IReadOnlyList<Int8Weight> EightBit { get; init; } = [];
}

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
    /// <summary>Attention to an encoder's result, or null.</summary>
    public CrossAttentionWeights? Cross { get; init; }

    /// <summary>In the order of <see cref="LayerBlueprint.Modules"/>.</summary>
    public IEnumerable<StackedLinear> Linears => Cross is null
        ? [Qkv, AttentionOutput, MlpInput, MlpOutput]
        : [Qkv, AttentionOutput, Cross.Query, Cross.KeyValue, Cross.Output, MlpInput, MlpOutput];
}

/// <summary>The tensors of a layer's attention to an encoder's result; owned by <see cref="DecoderWeights"/>.</summary>
/// <param name="Norm">Norm before it, [hidden].</param>
/// <param name="Query">Query.</param>
/// <param name="KeyValue">Key and value.</param>
/// <param name="Output">Output projection.</param>
internal sealed record CrossAttentionWeights(NormWeights Norm, StackedLinear Query, StackedLinear KeyValue, StackedLinear Output);

/// <summary>The tensors of an audio encoder; owned by <see cref="DecoderWeights"/>.</summary>
/// <param name="FirstConvolution">[hidden, mel bins, 3] and bias.</param>
/// <param name="SecondConvolution">[hidden, hidden, 3], null in eight bits, and bias.</param>
/// <param name="Positions">[positions, hidden].</param>
/// <param name="Layers">The layers, in order.</param>
/// <param name="FinalNorm">[hidden].</param>
internal sealed record AudioEncoderWeights(
    (Tensor Weight, Tensor Bias) FirstConvolution,
    (Tensor? Weight, Tensor Bias) SecondConvolution,
    Tensor Positions,
    IReadOnlyList<LayerWeights> Layers,
    NormWeights FinalNorm)
{
    /// <summary>The second convolution in eight bits [hidden, 3 x hidden], frame by frame; or null.</summary>
    public Int8Weight? EightBitConvolution { get; init; }
}
