using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The second convolution in float32.</summary>
/// <param name="plan">Sizes.</param>
/// <param name="library">Gives data pointers.</param>
/// <param name="weights">The encoder's tensors, float32 on the CPU.</param>
internal sealed unsafe class PackedConvolution(EncoderPlan plan, TorchCpuLibrary library, AudioEncoderWeights weights) : SecondConvolution
{
    private readonly PackedWeight _kernel = PackedWeight.OfConvolution(library.Pointer<float>(weights.SecondConvolution.Weight!), plan.Width, plan.Width, AudioEncoderBlueprint.KernelFrames);

    /// <inheritdoc/>
    public override float* Multiply(float* input, long stride, int count, float* room, out long resultStride)
    {
        float* product = room + plan.Room.Product;
        resultStride = plan.PaddedWidth;
        PanelProduct.Multiply(_kernel, default, input, stride, PanelShape.PaddedRows(count), product, plan.PaddedWidth, room + plan.Room.Formed);
        return product;
    }

    public override void Dispose() => _kernel.Dispose();
}
