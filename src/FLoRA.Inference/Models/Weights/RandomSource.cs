using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models.Weights;

/// <summary>Random weights at a model's true shapes, for measurements: the same ones for the same name. Norms are one, biases zero, the rest is spread evenly around zero.</summary>
/// <param name="shapes">Tensor name -> shape.</param>
/// <param name="device">Where the weights go.</param>
/// <param name="dtype">The engine's type.</param>
internal sealed class RandomSource(IReadOnlyDictionary<string, long[]> shapes, Device device, ScalarType dtype) : IWeightSource
{
    /// <summary>Largest size of a weight: a standard deviation of 0.02, as models are initialised.</summary>
    private const double Largest = 0.035;

    public long[] Shape(string name) => shapes[name];

    public Tensor Allocate(params long[] shape) => empty(shape, dtype: dtype, device: device).DetachFromDisposeScope();

    public void Read(string name, Tensor destination, long offset)
    {
        long count = shapes[name].Aggregate(1L, (a, b) => a * b);
        using Tensor flat = destination.view(-1), own = flat.narrow(0, offset, count);
        if (shapes[name].Length > 1)
        {
            Fill(own, Seed(name));
        }
        else if (name.EndsWith(".weight", StringComparison.Ordinal))
        {
            own.fill_(1).DetachFromDisposeScope().Dispose();
        }
        else
        {
            own.zero_().DetachFromDisposeScope().Dispose();
        }
    }

    public void Read(string name, Int8Weight destination) => destination.Fill(Seed(name), (float)(Largest / Int8Rows.Largest));

    public void Dispose()
    {
    }

    /// <summary>TorchSharp makes generators for the processor only; a device has its one.</summary>
    private void Fill(Tensor numbers, long seed)
    {
        using Generator? generator = device.type == TorchSharp.DeviceType.CPU ? new Generator(unchecked((ulong)seed), device) : null;
        if (generator is null)
            cuda.manual_seed_all(seed);
        numbers.uniform_(-Largest, Largest, generator).DetachFromDisposeScope().Dispose();
    }

    /// <summary>FNV-1a: string.GetHashCode differs from process to process.</summary>
    private static long Seed(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name)
            hash = (hash ^ c) * 1099511628211;
        return (long)(hash | 1);
    }
}
