using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models.Weights;

/// <summary>
/// Reads checkpoint tensors straight into their place. On the CPU and of the engine's type a tensor is read into its own memory; else
/// through one small staging tensor per stored type, from which torch converts and moves. So loading takes no memory beside the weights.
/// Conversions to bfloat16 and float16 round to nearest even, and beyond float16's range to infinity. Values are not looked at: a
/// checkpoint with NaN or infinity loads.
/// </summary>
internal sealed class WeightReader(string folder, Device device, ScalarType dtype, Action<double>? progress, long totalBytes) : IDisposable
{
    private const int ChunkBytes = 4 << 20;

    private readonly Dictionary<SafetensorsDType, Tensor> _staging = [];
    private long _readBytes;

    /// <summary>An uninitialised tensor in the engine's type on its device, outside every dispose scope: the caller owns it.</summary>
    /// <exception cref="ModelLoadException">There is not enough memory.</exception>
    public Tensor Allocate(params long[] shape)
    {
        try
        {
            return empty(shape, dtype: dtype, device: device).DetachFromDisposeScope();
        }
        catch (ExternalException e)
        {
            throw new ModelLoadException(folder, $"a weight of shape [{string.Join(", ", shape)}] does not fit into memory: {e.Message}", e);
        }
    }

    /// <summary>Reads the whole of <paramref name="source"/> into <paramref name="destination"/> from element <paramref name="offset"/> on.</summary>
    /// <param name="source">The stored tensor.</param>
    /// <param name="destination">A contiguous tensor from <see cref="Allocate"/>.</param>
    /// <param name="offset">First element to fill, row-major.</param>
    /// <exception cref="ModelLoadException">The file cannot be read, or has become shorter.</exception>
    public void Read(StoredTensor source, Tensor destination, long offset) => Read(source, 0, source.Entry.ElementCount, destination, offset);

    /// <summary>Reads some elements of <paramref name="source"/>.</summary>
    /// <param name="source">The stored tensor.</param>
    /// <param name="first">The first of them, row-major.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">A contiguous tensor from <see cref="Allocate"/>.</param>
    /// <param name="offset">First element to fill, row-major.</param>
    /// <exception cref="ModelLoadException">The file cannot be read, or has become shorter.</exception>
    public void Read(StoredTensor source, long first, long count, Tensor destination, long offset)
    {
        try
        {
            using var flat = destination.view(-1);
            var direct = device.type == DeviceType.CPU && TorchType(source.Entry.DType) == dtype;
            var elementBytes = source.Entry.DType.BitsPerElement() / 8;
            long begin = first * elementBytes, end = begin + (count * elementBytes);
            for (long at = begin; at < end;)
            {
                var bytes = (int)Math.Min(ChunkBytes, end - at);
                using var target = flat.narrow(0, offset + ((at - begin) / elementBytes), bytes / elementBytes);
                if (direct)
                    source.File.Read(source.Entry, at, HostMemory.Bytes(target));
                else
                    ReadStaged(source, at, bytes / elementBytes, target);
                at += bytes;
                Report(bytes);
            }
        }
        catch (SafetensorsException e)
        {
            throw new ModelLoadException(folder, e.Message, e);
        }
    }

    /// <summary>Frees the staging memory.</summary>
    public void Dispose()
    {
        foreach (var tensor in _staging.Values)
            tensor.Dispose();
    }

    private void ReadStaged(StoredTensor source, long byteOffset, int elements, Tensor target)
    {
        using var part = Staging(source.Entry.DType).narrow(0, 0, elements);
        source.File.Read(source.Entry, byteOffset, HostMemory.Bytes(part));
        target.copy_(part);
    }

    private Tensor Staging(SafetensorsDType stored)
    {
        if (!_staging.TryGetValue(stored, out var tensor))
        {
            tensor = empty(ChunkBytes / (stored.BitsPerElement() / 8), dtype: TorchType(stored), device: CPU).DetachFromDisposeScope();
            _staging.Add(stored, tensor);
        }

        return tensor;
    }

    private void Report(int bytes)
    {
        _readBytes += bytes;
        progress?.Invoke((double)_readBytes / totalBytes);
    }

    private static ScalarType TorchType(SafetensorsDType stored) => stored switch
    {
        SafetensorsDType.F32 => ScalarType.Float32,
        SafetensorsDType.F16 => ScalarType.Float16,
        SafetensorsDType.BF16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(stored), stored, "expected F32, F16 or BF16"),
    };
}
