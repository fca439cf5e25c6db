using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>LayerNorm, or RMSNorm where there is no bias. The tensors must outlive this.</summary>
/// <param name="library">Gives data pointers.</param>
/// <param name="weights">gamma and beta.</param>
internal sealed unsafe class PackedNorm(TorchCpuLibrary library, NormWeights weights)
{
    private readonly float* _weight = library.Pointer<float>(weights.Weight), _bias = weights.Bias is null ? null : library.Pointer<float>(weights.Bias);

    /// <summary>A row -> its normalised row; may be the same.</summary>
    public void Apply(float* input, int width, float epsilon, float* output)
    {
        if (_bias == null)
            RowMaths.RmsNorm(input, _weight, width, epsilon, output);
        else
            RowMaths.LayerNorm(input, _weight, _bias, width, epsilon, output);
    }
}
