using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>Tensors of libtorch over our own memory, through its C interface: for calls from kernel threads, where TorchSharp's scopes do not reach. Such a thread computes alone.</summary>
internal sealed unsafe class TorchViews
{
    private const int Cpu = 0;

    [ThreadStatic]
    private static bool _hasOneThread;

    // (data, dimensions, sizes, strides, offset, type, device type, device index, result*) -> 0 where it went well
    private readonly delegate* unmanaged<void*, long, long*, long*, long, int, int, int, nint*, int> _fromMemory;
    private readonly delegate* unmanaged<nint, int> _delete;

    private TorchViews(nint fromMemory, nint delete)
    {
        _fromMemory = (delegate* unmanaged<void*, long, long*, long*, long, int, int, int, nint*, int>)fromMemory;
        _delete = (delegate* unmanaged<nint, int>)delete;
    }

    /// <summary>Binds the functions, or null where this libtorch lacks one.</summary>
    public static TorchViews? TryBind(TorchCpuLibrary library) =>
        NativeLibrary.TryGetExport(library.Handle, "aoti_torch_create_tensor_from_blob", out nint fromMemory)
        && NativeLibrary.TryGetExport(library.Handle, "aoti_torch_delete_tensor_object", out nint delete)
            ? new TorchViews(fromMemory, delete)
            : null;

    /// <summary>OpenMP's number of threads belongs to the calling thread: one from here on.</summary>
    public static void ComputeAlone()
    {
        if (_hasOneThread)
            return;
        set_num_threads(1);
        _hasOneThread = true;
    }

    /// <summary>Runs <paramref name="work"/>, after which the calling thread has as many threads as before.</summary>
    public static void KeepThreads(Action work)
    {
        int before = get_num_threads();
        bool had = _hasOneThread;
        try
        {
            work();
        }
        finally
        {
            set_num_threads(before);
            _hasOneThread = had;
        }
    }

    /// <summary>A view of memory; the caller deletes it.</summary>
    /// <param name="data">First number.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="strides">Numbers from one to the next.</param>
    /// <param name="type">Type, in libtorch's numbers.</param>
    /// <exception cref="InvalidOperationException">libtorch gives none.</exception>
    public nint Of(void* data, ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, ScalarType type)
    {
        nint handle = 0;
        fixed (long* size = sizes, stride = strides)
            return _fromMemory(data, sizes.Length, size, stride, 0, (int)type, Cpu, 0, &handle) == 0 ? handle : throw new InvalidOperationException("libtorch gives no view of our memory.");
    }

    /// <summary>Deletes views; 0 is none.</summary>
    public void Delete(params ReadOnlySpan<nint> views)
    {
        foreach (nint view in views)
        {
            if (view != 0)
                _ = _delete(view);
        }
    }
}
