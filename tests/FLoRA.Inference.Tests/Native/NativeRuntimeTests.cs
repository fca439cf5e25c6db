using System.Runtime.InteropServices;
using FLoRA.Inference.Native;
using TorchSharp;

namespace FLoRA.Inference.Tests.Native;

public sealed class NativeRuntimeTests
{
    private readonly NativeRuntimeInfo _info = NativeRuntime.EnsureLoaded();

    [Fact]
    public void A_sum_works_and_a_second_call_changes_nothing()
    {
        Assert.Same(_info, NativeRuntime.EnsureLoaded());
        using var ones = torch.ones(2, 3);
        using var sum = ones.sum();
        Assert.Equal(6f, sum.item<float>());
    }

    [Fact]
    public void Exactly_one_libtorch_is_in_the_process_and_it_is_the_one_reported()
    {
        var loaded = File.ReadLines("/proc/self/maps")
            .Where(line => line.Contains("/libtorch_cpu.so") || line.Contains("/libLibTorchSharp"))
            .Select(line => line[line.IndexOf('/')..]).Distinct().Order(StringComparer.Ordinal);

        string[] expected = [Path.Combine(_info.TorchFolder, "libtorch_cpu.so"), _info.BindingFile];
        Assert.Equal(expected.Order(StringComparer.Ordinal), loaded);
    }

    [Fact]
    public void Nothing_of_libtorch_lies_where_the_runtime_probes()
    {
        var folders = NativePlaces.OfThisProcess().ProbingFolders;

        Assert.NotEmpty(folders);
        Assert.Empty(folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "lib*orch*.so*", SearchOption.AllDirectories)));
    }

    [Fact]
    public void Idle_kernel_threads_do_not_spin()
    {
        var expected = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "PASSIVE";

        Assert.Equal(expected, Marshal.PtrToStringUTF8(GetEnv("OMP_WAIT_POLICY")));
    }

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint GetEnv([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
