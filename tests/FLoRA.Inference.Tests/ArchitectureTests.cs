using System.Text.RegularExpressions;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests;

/// <summary>Rules of the source tree that a compiler does not check.</summary>
public partial class ArchitectureTests
{
    private static string Source => Path.Combine(RepositoryData.Root, "src");

    private static IEnumerable<string> SourceFiles => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [Fact]
    public void Only_the_cpu_kernels_look_into_tensor_memory()
    {
        string cpu = Path.Combine("Kernels", "Cpu") + Path.DirectorySeparatorChar;
        string[] offenders = [.. SourceFiles
            .Where(f => !f.Contains(cpu, StringComparison.Ordinal))
            .Where(f => HostAccess().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(Source, f))];
        Assert.Empty(offenders);
    }

    [Fact]
    public void The_scheduler_touches_no_tensor_and_no_clock()
    {
        string folder = Path.Combine(Source, "FLoRA.Inference", "Scheduling");
        string[] offenders = [.. Directory.EnumerateFiles(folder, "*.cs")
            .Where(f => ClockOrTensor().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(Source, f))];
        Assert.Empty(offenders);
    }

    [Fact]
    public void The_engine_knows_nothing_of_semantic_kernel()
    {
        string[] offenders = [.. Directory.EnumerateFiles(Path.Combine(Source, "FLoRA.Inference"), "*.cs", SearchOption.AllDirectories)
            .Where(f => File.ReadAllText(f).Contains("Microsoft.SemanticKernel", StringComparison.Ordinal) || File.ReadAllText(f).Contains("Microsoft.Extensions.AI", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(Source, f))];
        Assert.Empty(offenders);
    }

    /// <summary>TorchSharp catches what libtorch throws nearly everywhere; in these operations it does not, and the process ends.</summary>
    [Fact]
    public void Nothing_is_called_whose_native_errors_end_the_process()
    {
        string[] offenders = [.. SourceFiles
            .Where(f => UncaughtOperation().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(Source, f))];
        Assert.Empty(offenders);
    }

    [GeneratedRegex(@"\bmatmul\(|\bcummax\(|\bcummin\(")]
    private static partial Regex UncaughtOperation();

    [GeneratedRegex(@"\.item<|\.item\(|(?<!""[a-z_.]*)\.bytes\b|\.data<|THSTensor_data|data_ptr|\.ToSingle\(\)|\.ToInt64\(\)")]
    private static partial Regex HostAccess();

    [GeneratedRegex(@"\bTorchSharp\b|\bTensor\b|\bStopwatch\b|\bDateTime|\bTimeProvider\b|\bRandom\b")]
    private static partial Regex ClockOrTensor();
}
