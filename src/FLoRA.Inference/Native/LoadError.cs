using System.Text.RegularExpressions;

namespace FLoRA.Inference.Native;

/// <summary>What the text of dlerror means, and what to do about it.</summary>
internal static partial class LoadError
{
    /// <summary>True only for the case that <see cref="PatchedBinding"/> cures.</summary>
    public static bool IsMissingGlibcxx(string dlerror) =>
        dlerror.Contains($"version `{PatchedBinding.MissingVersion}' not found", StringComparison.Ordinal)
        && dlerror.Contains(NativeLayout.BindingName, StringComparison.Ordinal);

    /// <summary>One message with the cause and the fix.</summary>
    /// <param name="path">The library that was being loaded.</param>
    /// <param name="dlerror">What the dynamic linker said.</param>
    public static string Explain(string path, string dlerror) => $"'{path}' cannot be loaded: {dlerror}. {Fix(dlerror)}";

    private static string Fix(string dlerror)
    {
        if (VersionPattern().Match(dlerror) is { Success: true } version)
            return version.Groups["set"].Value == "GLIBC"
                ? $"This system's glibc is older than {version.Groups["version"].Value}: use a newer distribution."
                : "This system's libstdc++ is too old: install a newer libstdc++6.";
        if (MissingPattern().Match(dlerror) is { Success: true } missing)
            return FixForMissing(missing.Groups["file"].Value);
        if (dlerror.Contains("undefined symbol", StringComparison.Ordinal))
            return $"This libtorch does not fit TorchSharp 0.107.0, which is built for 2.10 (2.11 also works): let {NativePlaces.TorchLibVariable} name another PyTorch, or leave it unset.";
        if (dlerror.Contains("invalid ELF header", StringComparison.Ordinal) || dlerror.Contains("file too short", StringComparison.Ordinal))
            return "The file is damaged: delete its package folder and run 'dotnet restore', or publish again.";
        if (dlerror.Contains("wrong ELF class", StringComparison.Ordinal))
            return "The file is for another processor: FLoRA.NET needs Linux x64.";
        return "See docs/native.md.";
    }

    private static string FixForMissing(string file) => file switch
    {
        _ when file.StartsWith("libgomp", StringComparison.Ordinal) =>
            $"{file} belongs beside libtorch_cpu.so (Debian, Ubuntu: 'apt install libgomp1' for libgomp.so.1): delete the package folder and run 'dotnet restore', or publish again.",
        _ when file.StartsWith("libstdc++", StringComparison.Ordinal) => "Install it (Debian, Ubuntu: 'apt install libstdc++6').",
        _ when file.StartsWith("libcu", StringComparison.Ordinal) || file.StartsWith("libnv", StringComparison.Ordinal) || file.StartsWith("libnccl", StringComparison.Ordinal) =>
            "It is part of CUDA: install PyTorch with its NVIDIA packages, or add its folder to LD_LIBRARY_PATH.",
        _ => $"Install the package that brings {file}, or add its folder to LD_LIBRARY_PATH.",
    };

    [GeneratedRegex(@"version `(?<version>(?<set>GLIBC|GLIBCXX|CXXABI)_[0-9.]+)' not found", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"(?<file>[^/\s:]+): cannot open shared object file", RegexOptions.CultureInvariant)]
    private static partial Regex MissingPattern();
}
