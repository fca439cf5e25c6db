using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
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

    /// <summary>Copies whole rows into a contiguous tensor of any device.</summary>
    /// <param name="rows">Their bytes, in the tensor's type.</param>
    /// <param name="tensor">[.., width].</param>
    /// <param name="first">First row that is written.</param>
    /// <param name="count">Rows.</param>
    public static void CopyRows(ReadOnlySpan<byte> rows, Tensor tensor, int first, int count)
    {
        using Tensor target = tensor.narrow(0, first, count);
        if (target.device_type == TorchSharp.DeviceType.CPU)
        {
            rows.CopyTo(Bytes(target));
            return;
        }

        using Tensor host = empty(count, tensor.size(1), dtype: tensor.dtype);
        rows.CopyTo(Bytes(host));
        target.copy_(host);
    }

    /// <summary>Asks for large pages behind a tensor that nothing was written to yet: what is read in pieces here and there takes a fifth less time then.</summary>
    /// <param name="tensor">On the CPU, contiguous, more than one row.</param>
    public static unsafe void AskForLargePages(Tensor tensor)
    {
        using Tensor first = tensor.narrow(0, 0, 1);
        fixed (byte* start = Bytes(first))
            LargeBuffer.AskForLargePages(start, tensor.numel() * tensor.element_size());
    }
}
