using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// Functions that libtorch_cpu.so exports for C (torch/csrc/inductor/aoti_torch, torch/csrc/stable/c): data pointers without
/// managed overhead, and loops on libtorch's own threads, so that one pool serves its products and our kernels.
/// </summary>
internal sealed unsafe class TorchCpuLibrary
{
    private readonly delegate* unmanaged<nint, nint*, int> _dataPointer;
    private readonly delegate* unmanaged<long, long, long, delegate* unmanaged<long, long, void*, void>, void*, int> _parallelFor;

    private readonly Lazy<TorchInt8Product?> _int8Product;

    private TorchCpuLibrary(nint handle, nint dataPointer, nint parallelFor)
    {
        Handle = handle;
        _int8Product = new Lazy<TorchInt8Product?>(() => TorchInt8Product.TryBind(this));
        _dataPointer = (delegate* unmanaged<nint, nint*, int>)dataPointer;
        _parallelFor = (delegate* unmanaged<long, long, long, delegate* unmanaged<long, long, void*, void>, void*, int>)parallelFor;
    }

    /// <summary>Of the library.</summary>
    public nint Handle { get; }

    /// <summary>Its integer product; null: it has none here.</summary>
    public TorchInt8Product? Int8Product => _int8Product.Value;

    /// <summary>Binds the library that is loaded from <paramref name="torchFolder"/>; null where it lacks a function.</summary>
    public static TorchCpuLibrary? TryBind(string torchFolder) =>
        NativeLibrary.TryLoad(Path.Combine(torchFolder, "libtorch_cpu.so"), out nint handle)
        && NativeLibrary.TryGetExport(handle, "aoti_torch_get_data_ptr", out nint dataPointer)
        && NativeLibrary.TryGetExport(handle, "torch_parallel_for", out nint parallelFor)
            ? new TorchCpuLibrary(handle, dataPointer, parallelFor)
            : null;

    /// <summary>First element of a CPU tensor, storage offset included. The caller keeps the tensor alive.</summary>
    public T* Pointer<T>(Tensor tensor) where T : unmanaged
    {
        nint pointer = 0;
        if (_dataPointer(tensor.Handle, &pointer) != 0)
            throw new InvalidOperationException("libtorch gives no data pointer for this tensor.");
        return (T*)pointer;
    }

    /// <summary>Calls <paramref name="body"/> for parts of [0, count) on libtorch's threads; it must not throw.</summary>
    /// <param name="count">Items.</param>
    /// <param name="grain">Items below which no second thread is worth its start.</param>
    /// <param name="body">(begin, end, context).</param>
    /// <param name="context">Passed through.</param>
    public void ParallelFor(long count, long grain, delegate* unmanaged<long, long, void*, void> body, void* context)
    {
        if (_parallelFor(0, count, grain, body, context) != 0)
            throw new InvalidOperationException("libtorch's parallel loop failed.");
    }
}
