namespace FLoRA.Inference.Native;

/// <summary>The native libraries in this process.</summary>
/// <param name="Source">Where libtorch was found.</param>
/// <param name="TorchFolder">Absolute folder of libtorch_cpu.so.</param>
/// <param name="BindingFile">Absolute path of the libLibTorchSharp.so that was loaded.</param>
/// <param name="BindingIsPatched">True if it is the copy made for a libstdc++ without GLIBCXX_3.4.32.</param>
/// <param name="HasCuda">True if libtorch_cuda.so was loaded too (not: that there is a device).</param>
public sealed record NativeRuntimeInfo(NativeSource Source, string TorchFolder, string BindingFile, bool BindingIsPatched, bool HasCuda);
