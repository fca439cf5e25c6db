using System.Runtime.InteropServices;

namespace FLoRA.Inference.Native;

/// <summary>The one platform whose natives exist: Linux x64 with glibc.</summary>
internal static class Platform
{
    /// <exception cref="NativeRuntimeException">This process runs elsewhere.</exception>
    public static void RequireThisProcess() =>
        Require(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture, RuntimeInformation.RuntimeIdentifier);

    /// <exception cref="NativeRuntimeException">It is not Linux x64 with glibc.</exception>
    public static void Require(bool isLinux, Architecture architecture, string runtimeIdentifier)
    {
        if (!isLinux || architecture != Architecture.X64)
            throw new NativeRuntimeException($"FLoRA.NET runs on Linux x64 only, this is {runtimeIdentifier}: TorchSharp 0.107.0 does not load on Windows, and only the x64 library of Linux is packaged. Use Linux x64, WSL or a container.");
        if (runtimeIdentifier.Contains("musl", StringComparison.Ordinal) || runtimeIdentifier.StartsWith("alpine", StringComparison.Ordinal))
            throw new NativeRuntimeException($"FLoRA.NET needs glibc, this is {runtimeIdentifier}: libtorch is not built for musl. Use an image based on Debian, Ubuntu or the like instead of Alpine.");
    }
}
