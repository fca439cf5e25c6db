using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>One encoder layer: x + attention(norm(x)) over all positions of a recording, then + mlp(norm(x)).</summary>
internal sealed class AudioEncoderLayer : IDisposable
{
    private readonly DecoderBlueprint _blueprint;
    private readonly AudioEncoderBlueprint _encoder;
    private readonly Norm _attentionNorm, _mlpNorm;
    private readonly EncoderLinear _qkv, _attentionOutput, _mlpInput, _mlpOutput;

    /// <param name="blueprint">The model.</param>
    /// <param name="weights">The layer's tensors.</param>
    /// <param name="firstModule">Index of its first module in the bank.</param>
    /// <param name="bank">The installed adapters.</param>
    /// <param name="product">x W^T + b.</param>
    /// <param name="formed">Weights that were formed before.</param>
    public AudioEncoderLayer(DecoderBlueprint blueprint, LayerWeights weights, int firstModule, AdapterBank bank, MatrixProduct product, FormedWeights formed)
    {
        _blueprint = blueprint;
        _encoder = blueprint.Encoder!;
        _attentionNorm = new Norm(blueprint.Norm, weights.AttentionNorm.Weight, weights.AttentionNorm.Bias, blueprint.NormEpsilon);
        _mlpNorm = new Norm(blueprint.Norm, weights.MlpNorm.Weight, weights.MlpNorm.Bias, blueprint.NormEpsilon);
        int next = firstModule;
        EncoderLinear Linear(StackedLinear stacked)
        {
            var linear = new EncoderLinear(stacked, next, bank, product, _encoder.Positions, formed);
            next += stacked.Blueprint.Modules.Count;
            return linear;
        }

        _qkv = Linear(weights.Qkv);
        _attentionOutput = Linear(weights.AttentionOutput);
        _mlpInput = Linear(weights.MlpInput);
        _mlpOutput = Linear(weights.MlpOutput);
    }

    /// <summary>[recordings x positions, hidden] -> the same.</summary>
    public Tensor Forward(Tensor hidden, IReadOnlyList<AdapterGroup> groups)
    {
        Tensor qkv = _qkv.Forward(_attentionNorm.Apply(hidden), groups, null);
        hidden = hidden.add(_attentionOutput.Forward(Attend(qkv), groups, null));
        Tensor inner = _mlpInput.Forward(_mlpNorm.Apply(hidden), groups, _blueprint.Activation);
        return hidden.add_(_mlpOutput.Forward(inner, groups, null));
    }

    public void Dispose()
    {
        foreach (IDisposable part in new IDisposable[] { _attentionNorm, _mlpNorm, _qkv, _attentionOutput, _mlpInput, _mlpOutput })
            part.Dispose();
    }

    private Tensor Attend(Tensor qkv)
    {
        long headDim = _blueprint.HiddenSize / _encoder.Heads;
        Tensor heads = qkv.view(-1, _encoder.Positions, 3, _encoder.Heads, headDim).permute(2, 0, 3, 1, 4);
        Tensor attended = nn.functional.scaled_dot_product_attention(heads.select(0, 0), heads.select(0, 1), heads.select(0, 2));
        return attended.transpose(1, 2).reshape(-1, _blueprint.HiddenSize);
    }
}
