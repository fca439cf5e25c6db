using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Native;

/// <summary>libLibTorchSharp.so as the package ships it.</summary>
internal static class RealBinding
{
    public static string File { get; } = new NativeLocator(NativePlaces.OfThisProcess() with { TorchLib = null }).Locate().BindingFile;
}
