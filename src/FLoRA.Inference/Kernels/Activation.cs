using FLoRA.Inference.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>The feed-forward non-linearity.</summary>
internal static class Activation
{
    /// <summary>Elementwise.</summary>
    public static Tensor Apply(ActivationKind kind, Tensor input) => kind switch
    {
        ActivationKind.GeluTanh => input.gelu(GELU.Approximate.tanh),
        ActivationKind.Gelu => input.gelu(),
        ActivationKind.Silu => input.silu(),
        ActivationKind.Relu => input.relu(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
