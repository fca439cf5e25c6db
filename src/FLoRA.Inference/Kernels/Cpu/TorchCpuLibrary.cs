using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
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

    private TorchCpuLibrary(nint handle, nint dataPointer, nint parallelFor)
    {
        Handle = handle;
        _dataPointer = (delegate* unmanaged<nint, nint*, int>)dataPointer;
        _parallelFor = (delegate* unmanaged<long, long, long, delegate* unmanaged<long, long, void*, void>, void*, int>)parallelFor;
    }

    /// <summary>Of the library.</summary>
    public nint Handle { get; }

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

    /// <summary>Gives every thread of libtorch's a part of [0, count) and waits for all of them.</summary>
    /// <param name="count">Items.</param>
    /// <param name="body">Does them.</param>
    /// <exception cref="Exception">What the body threw; other parts may have been done meanwhile.</exception>
    public void ParallelFor(int count, IParallelBody body)
    {
        var run = new ParallelRun(body);
        var handle = GCHandle.Alloc(run);
        try
        {
            ParallelFor(count, 1, &RunPart, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }

        run.Exception?.Throw();
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

    [UnmanagedCallersOnly]
    private static void RunPart(long begin, long end, void* context)
    {
        var run = (ParallelRun)GCHandle.FromIntPtr((nint)context).Target!;
        try
        {
            run.Body.Run(Interlocked.Increment(ref run.Started) - 1, (int)begin, (int)end);
        }
        catch (Exception exception)
        {
            run.Exception ??= ExceptionDispatchInfo.Capture(exception);
        }
    }

    private sealed class ParallelRun(IParallelBody body)
    {
        public int Started;

        public IParallelBody Body { get; } = body;

        public ExceptionDispatchInfo? Exception { get; set; }
    }
}

/// <summary>Items that several threads work on at the same time.</summary>
internal interface IParallelBody
{
    /// <summary>Does items.</summary>
    /// <param name="worker">Number of this part: nobody else who works at the same time has it; below the number of threads.</param>
    /// <param name="begin">First item.</param>
    /// <param name="end">Behind the last one.</param>
    void Run(int worker, int begin, int end);
}
