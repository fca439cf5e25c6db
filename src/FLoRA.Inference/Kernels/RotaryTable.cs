using FLoRA.Inference.Kernels.Cpu;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// Rotary positions, half-split form (Su et al. 2021, as transformers lays it out): x * cos + rotate_half(x) * sin. The sine is
/// stored with rotate_half's sign, so that a plain roll by half a head does the rest.
/// </summary>
internal sealed class RotaryTable : IDisposable
{
    private readonly int _headDim;
    private readonly Tensor _cosines;
    private readonly Tensor _signedSines;

    /// <param name="inverseFrequencies">[head dim / 2], scaled.</param>
    /// <param name="contextLength">Positions.</param>
    /// <param name="dtype">The engine's type.</param>
    /// <param name="device">Where.</param>
    public RotaryTable(IReadOnlyList<double> inverseFrequencies, int contextLength, ScalarType dtype, Device device)
    {
        int half = inverseFrequencies.Count;
        _headDim = 2 * half;
        using var scope = NewDisposeScope();
        Tensor cosines = empty(contextLength, 1, _headDim, dtype: ScalarType.Float32), sines = empty(contextLength, 1, _headDim, dtype: ScalarType.Float32);
        Span<float> cos = HostMemory.Elements<float>(cosines), sin = HostMemory.Elements<float>(sines);
        for (int position = 0; position < contextLength; position++)
        {
            for (int i = 0; i < half; i++)
            {
                // transformers multiplies in float32; a float64 angle differs visibly only at far positions
                float angle = position * (float)inverseFrequencies[i];
                int at = (position * _headDim) + i;
                cos[at] = cos[at + half] = MathF.Cos(angle);
                sin[at + half] = MathF.Sin(angle);
                sin[at] = -sin[at + half];
            }
        }

        _cosines = cosines.to(dtype).to(device).DetachFromDisposeScope();
        _signedSines = sines.to(dtype).to(device).DetachFromDisposeScope();
    }

    /// <summary>The angles of a step, [tokens, 1, head dim] each.</summary>
    /// <param name="positions">int64 [tokens].</param>
    public (Tensor Cosines, Tensor SignedSines) At(Tensor positions) =>
        (_cosines.index_select(0, positions), _signedSines.index_select(0, positions));

    /// <summary>[tokens, heads, head dim] -> the same, rotated.</summary>
    public Tensor Rotate(Tensor heads, (Tensor Cosines, Tensor SignedSines) angles) =>
        heads.mul(angles.Cosines).add_(heads.roll(_headDim / 2, -1).mul_(angles.SignedSines));

    public void Dispose()
    {
        _cosines.Dispose();
        _signedSines.Dispose();
    }
}
