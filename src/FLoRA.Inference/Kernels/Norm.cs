using FLoRA.Inference.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>LayerNorm or RMSNorm over the last axis.</summary>
/// <param name="kind">Which.</param>
/// <param name="weight">gamma [width].</param>
/// <param name="bias">beta [width], LayerNorm only.</param>
/// <param name="epsilon">Added to the variance or mean square.</param>
internal sealed class Norm(NormKind kind, Tensor weight, Tensor? bias, double epsilon) : IDisposable
{
    private readonly long[] _shape = [weight.size(-1)];
    private readonly long[] _lastAxis = [-1];
    private readonly Scalar _epsilon = epsilon.ToScalar();

    /// <summary>[..., width] -> the same shape; float16 and bfloat16 are normalised in float32.</summary>
    public Tensor Apply(Tensor input) => kind == NormKind.Layer
        ? nn.functional.layer_norm(input, _shape, weight, bias, epsilon)
        : Rms(input);

    public void Dispose() => _epsilon.Dispose();

    private Tensor Rms(Tensor input)
    {
        Tensor wide = input.dtype == ScalarType.Float32 ? input : input.to(ScalarType.Float32);
        Tensor scale = wide.square().mean(_lastAxis, keepdim: true).add_(_epsilon).rsqrt_();
        Tensor normal = wide.mul(scale);
        return input.dtype == ScalarType.Float32 ? normal.mul_(weight) : normal.to(input.dtype).mul_(weight);
    }
}
