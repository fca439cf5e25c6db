namespace FLoRA.Inference.Native;

/// <summary>Files to load, found but not yet opened.</summary>
/// <param name="Source">Where they were found.</param>
/// <param name="TorchFolder">Absolute folder of libtorch.</param>
/// <param name="BindingFile">Absolute path of libLibTorchSharp.so.</param>
internal sealed record NativeLayout(NativeSource Source, string TorchFolder, string BindingFile)
{
    public const string BindingName = "libLibTorchSharp.so";

    /// <summary>Without one of these a folder holds no libtorch.</summary>
    public static IReadOnlyList<string> RequiredNames { get; } = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    /// <summary>
    /// Dependencies first; libtorch looks for its CUDA half once per process, so that half comes before the first call.
    /// </summary>
    private static readonly string[] LoadOrder = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    /// <summary>Absolute paths of libtorch's libraries in the order in which they are loaded.</summary>
    public IReadOnlyList<string> TorchFiles { get; } =
        [.. LoadOrder.Select(name => Path.Combine(TorchFolder, name)).Where(File.Exists)];

    /// <summary>True if the CUDA half is there.</summary>
    public bool HasCuda => File.Exists(Path.Combine(TorchFolder, "libtorch_cuda.so"));

    /// <summary>Names of <see cref="RequiredNames"/> that <paramref name="folder"/> lacks.</summary>
    public static IReadOnlyList<string> MissingIn(string folder) =>
        [.. RequiredNames.Where(name => !File.Exists(Path.Combine(folder, name)))];
}
