using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// The only place that looks into a tensor's memory. The spans live as long as the tensor; the caller keeps it alive.
/// </summary>
internal static class HostMemory
{
    /// <summary>The elements of a contiguous CPU tensor of type <typeparamref name="T"/>, row-major.</summary>
    public static Span<T> Elements<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes(tensor));

    /// <summary>The raw bytes of a contiguous CPU tensor of at most 2 GiB.</summary>
    public static Span<byte> Bytes(Tensor tensor) => tensor.bytes;
}
