using System.Runtime.InteropServices;

namespace FLoRA.Inference.Native;

/// <summary>The C heap that libtorch's CPU allocator takes its memory from.</summary>
internal static partial class HostHeap
{
    /// <summary>
    /// Gives freed memory back to the system. glibc raises the size from which blocks are mapped singly up to 32 MiB as blocks are freed,
    /// and keeps smaller freed ones in the heap, so that a model's memory would stay with the process after the model is gone.
    /// </summary>
    public static void ReturnFreed() => _ = Trim(0);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keepBytes);
}
