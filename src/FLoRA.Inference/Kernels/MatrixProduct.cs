using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>x W^T + b by the fastest product for the device, the type and the number of rows.</summary>
internal sealed class MatrixProduct(OneDnnLinear? oneDnn, int threads)
{
    /// <summary>Below it the plain product is faster: oneDNN's call costs a few microseconds more.</summary>
    private const int OneDnnRows = 6;

    /// <summary>
    /// From 12 rows on oneDNN packs the weight anew at each call, on one thread whatever their number. Beside it a large weight's
    /// plain product on several threads is quicker until there are many rows (docs/LOG.md).
    /// </summary>
    private const int PackingRows = 12, ManyRows = 128;

    private const long LargeWeight = 1 << 20;

    /// <summary>The products for a device and type.</summary>
    /// <param name="cpu">libtorch's C functions where the engine computes in float32 on the CPU; else null.</param>
    /// <param name="threads">Kernel threads.</param>
    public static MatrixProduct For(TorchCpuLibrary? cpu, int threads) => new(cpu == null ? null : OneDnnLinear.TryBind(cpu), threads);

    /// <summary>activation(x W^T + b), in the current dispose scope.</summary>
    /// <param name="input">[rows, in].</param>
    /// <param name="weight">[out, in], contiguous.</param>
    /// <param name="transposed">Its view [in, out].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="activation">Non-linearity, or null.</param>
    public Tensor Apply(Tensor input, Tensor weight, Tensor transposed, Tensor? bias, ActivationKind? activation = null)
    {
        if (oneDnn != null && SuitsOneDnn(input.size(0), weight) && oneDnn.TryApply(input, weight, bias, activation) is { } result)
            return result;
        Tensor plain = bias is null ? input.mm(transposed) : addmm(bias, input, transposed, 1, 1);
        return activation is { } kind ? Activation.Apply(kind, plain) : plain;
    }

    private bool SuitsOneDnn(long rows, Tensor weight) =>
        rows >= OneDnnRows && (rows < PackingRows || rows >= ManyRows || threads == 1 || weight.numel() < LargeWeight);
}
