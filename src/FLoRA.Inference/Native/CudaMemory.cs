using System.Runtime.InteropServices;

namespace FLoRA.Inference.Native;

/// <summary>Memory of the current CUDA device, by the runtime library that libtorch has brought into the process: TorchSharp has no name for it.</summary>
internal static class CudaMemory
{
    private const int Success = 0;

    private unsafe delegate int MemGetInfo(nuint* free, nuint* total);

    /// <summary>Free and whole memory in bytes; libtorch's own unused reserve counts as taken.</summary>
    /// <param name="torchFolder">Folder of libtorch's libraries.</param>
    /// <exception cref="NativeRuntimeException">The runtime library has no such function, or refuses.</exception>
    public static unsafe (long Free, long Total) Query(string torchFolder)
    {
        // A symbol is looked for in what the library depends on too; already loaded, so this opens nothing.
        nint library = DynamicLinker.Load(Path.Combine(torchFolder, "libc10_cuda.so"));
        if (!NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out nint function))
            throw new NativeRuntimeException($"{torchFolder}/libc10_cuda.so brings no cudaMemGetInfo: expected a PyTorch for CUDA.");
        nuint free, total;
        int status = Marshal.GetDelegateForFunctionPointer<MemGetInfo>(function)(&free, &total);
        return status == Success ? ((long)free, (long)total) : throw new NativeRuntimeException($"cudaMemGetInfo failed with error {status}.");
    }
}
