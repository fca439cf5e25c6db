using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>The fused product against addmm and the plain non-linearity.</summary>
public class OneDnnLinearTests
{
    [Theory]
    [InlineData(1, 8, 5, false, null)]
    [InlineData(7, 48, 72, true, null)]
    [InlineData(32, 192, 768, true, nameof(ActivationKind.GeluTanh))]
    [InlineData(9, 40, 88, false, nameof(ActivationKind.Silu))]
    [InlineData(9, 40, 88, true, nameof(ActivationKind.Gelu))]
    [InlineData(9, 40, 88, true, nameof(ActivationKind.Relu))]
    public void Equals_the_plain_product(int rows, int inFeatures, int outFeatures, bool withBias, string? activation)
    {
        OneDnnLinear linear = OneDnnLinear.TryBind(TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!)!;
        Assert.NotNull(linear);
        using var scope = NewDisposeScope();
        ActivationKind? kind = activation == null ? null : Enum.Parse<ActivationKind>(activation);
        Tensor input = rand(rows, inFeatures).sub(0.5f);
        Tensor stacked = rand(outFeatures + 3, inFeatures).sub(0.5f);
        Tensor weight = stacked.narrow(0, 3, outFeatures); // a module inside a stack: an offset, but contiguous
        Tensor? bias = withBias ? rand(outFeatures) : null;
        Tensor expected = nn.functional.linear(input, weight, bias);
        if (kind is { } k)
            expected = Activation.Apply(k, expected);
        Tensor actual = linear.TryApply(input, weight, bias, kind)!;
        Assert.Equal([rows, outFeatures], actual.shape);
        Assert.True(actual.allclose(expected, rtol: 1e-4, atol: 1e-5));
    }
}
