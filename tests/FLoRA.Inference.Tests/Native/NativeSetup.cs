using System.Runtime.CompilerServices;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Native;

/// <summary>Tests of kernels and layers use tensors without an engine: libtorch is there before the first of them runs.</summary>
internal static class NativeSetup
{
    [ModuleInitializer]
    internal static void Load() => NativeRuntime.EnsureLoaded();
}
