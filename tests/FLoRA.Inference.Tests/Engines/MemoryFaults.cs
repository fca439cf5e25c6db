using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Asks for memory that no machine has.</summary>
internal static class MemoryFaults
{
    /// <summary>As libtorch tells it: an <see cref="ExternalException"/>.</summary>
    public static void Torch() => empty(1L << 60).Dispose();

    /// <summary>As the runtime tells it: an <see cref="OutOfMemoryException"/>.</summary>
    public static unsafe void Runtime() => NativeMemory.Free(NativeMemory.Alloc(nuint.MaxValue / 2));
}
