using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models.Weights;

/// <summary>Where a model's tensors come from.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>Row-major shape of a tensor.</summary>
    long[] Shape(string name);

    /// <summary>An uninitialised tensor in the engine's type on its device, outside every dispose scope: the caller owns it.</summary>
    /// <exception cref="ModelLoadException">There is not enough memory.</exception>
    Tensor Allocate(params long[] shape);

    /// <summary>Fills <paramref name="destination"/> from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ModelLoadException">The file cannot be read, or has become shorter.</exception>
    void Read(string name, Tensor destination, long offset);

    /// <summary>Rounds a matrix to eight bits while it is read, a few rows at a time.</summary>
    /// <exception cref="ModelLoadException">The file cannot be read, or has become shorter.</exception>
    void Read(string name, Int8Weight destination);
}
