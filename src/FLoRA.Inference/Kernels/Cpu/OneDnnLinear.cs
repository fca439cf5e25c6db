using System.Runtime.InteropServices;
using System.Text;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// oneDNN's linear layer with a fused non-linearity, reached through libtorch's exported C interface
/// (aoti_torch_cpu__linear_pointwise, inference only). From a few rows on its float32 products use AVX-512 where the
/// BLAS behind addmm does not: 1.3 to 2 times as fast on the machines measured (docs/LOG.md).
/// </summary>
internal sealed unsafe class OneDnnLinear
{
    private const string Export = "aoti_torch_cpu__linear_pointwise";

    private static readonly byte[] None = Encoding.ASCII.GetBytes("none\0");
    private static readonly byte[] Gelu = Encoding.ASCII.GetBytes("gelu\0");
    private static readonly byte[] Swish = Encoding.ASCII.GetBytes("swish\0");
    private static readonly byte[] Relu = Encoding.ASCII.GetBytes("relu\0");
    private static readonly byte[] ByTanh = Encoding.ASCII.GetBytes("tanh\0");

    // (input, weight, bias*, attribute, scalars, scalar count, algorithm*, result*) -> 0 where it went well
    private readonly delegate* unmanaged<nint, nint, nint*, byte*, nint, long, byte**, nint*, int> _linear;

    private OneDnnLinear(nint function) =>
        _linear = (delegate* unmanaged<nint, nint, nint*, byte*, nint, long, byte**, nint*, int>)function;

    /// <summary>Binds the function where this libtorch exports it and it computes what addmm computes; else null.</summary>
    public static OneDnnLinear? TryBind(TorchCpuLibrary library)
    {
        if (!NativeLibrary.TryGetExport(library.Handle, Export, out nint function))
            return null;
        var linear = new OneDnnLinear(function);
        using var scope = NewDisposeScope();
        Tensor input = arange(24, dtype: ScalarType.Float32).view(8, 3), weight = arange(6, dtype: ScalarType.Float32).view(2, 3), bias = ones(2);
        Tensor? result = linear.TryApply(input, weight, bias, null);
        return result is not null && Elements(result).SequenceEqual(Elements(addmm(bias, input, weight.t(), 1, 1))) ? linear : null;
    }

    /// <summary>activation(x W^T + b), in the current dispose scope; null where oneDNN refuses.</summary>
    /// <param name="input">float32 [rows, in].</param>
    /// <param name="weight">float32 [out, in], contiguous.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="activation">Non-linearity, or null.</param>
    public Tensor? TryApply(Tensor input, Tensor weight, Tensor? bias, ActivationKind? activation)
    {
        nint biasHandle = bias is null ? 0 : bias.Handle, result = 0;
        byte[] attribute = activation switch
        {
            null => None,
            ActivationKind.Silu => Swish,
            ActivationKind.Relu => Relu,
            _ => Gelu,
        };
        int error;
        fixed (byte* name = attribute)
        fixed (byte* algorithm = activation == ActivationKind.GeluTanh ? ByTanh : None)
        {
            byte* algorithmName = algorithm;
            error = _linear(input.Handle, weight.Handle, bias is null ? null : &biasHandle, name, 0, 0, attribute == Gelu ? &algorithmName : null, &result);
        }

        return error == 0 ? Tensor.UnsafeCreateTensor(result) : null;
    }

    private static float[] Elements(Tensor tensor) => HostMemory.Elements<float>(tensor.contiguous()).ToArray();
}
