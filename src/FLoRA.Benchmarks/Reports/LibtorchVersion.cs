using System.Text.RegularExpressions;
using FLoRA.Inference.Native;

namespace FLoRA.Benchmarks.Reports;

/// <summary>Which libtorch was loaded: libtorch itself does not tell, its folder does.</summary>
internal static partial class LibtorchVersion
{
    /// <summary>From a PyTorch's version.py beside the folder, else from a version in the folder's path.</summary>
    public static string Of(NativeRuntimeInfo native)
    {
        string versionFile = Path.Combine(native.TorchFolder, "..", "version.py");
        if (File.Exists(versionFile) && Assignment().Match(File.ReadAllText(versionFile)) is { Success: true } assigned)
            return assigned.Groups[1].Value;
        return Directory().Match(native.TorchFolder) is { Success: true } folder ? folder.Groups[1].Value : $"unknown ({native.Source})";
    }

    [GeneratedRegex("""__version__ = ['"]([^'"]+)['"]""")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"/(\d+\.\d+\.\d+)/")]
    private static partial Regex Directory();
}
