using System.Runtime.InteropServices;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Native;

/// <summary>The texts are those of glibc's dlerror.</summary>
public sealed class LoadErrorTests
{
    [Theory]
    [InlineData("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /p/libLibTorchSharp.so)", true)]
    [InlineData("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /p/libother.so)", false)]
    [InlineData("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.33' not found (required by /p/libLibTorchSharp.so)", false)]
    [InlineData("libtorch.so: cannot open shared object file: No such file or directory", false)]
    public void Only_one_cause_leads_to_the_patched_copy(string dlerror, bool patched) => Assert.Equal(patched, LoadError.IsMissingGlibcxx(dlerror));

    [Theory]
    [InlineData("/lib/libc.so.6: version `GLIBC_2.28' not found (required by /p/libtorch_cpu.so)", "glibc is older than GLIBC_2.28")]
    [InlineData("/lib/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /p/libc10.so)", "libstdc++ is too old")]
    [InlineData("/lib/libstdc++.so.6: version `CXXABI_1.3.13' not found (required by /p/libc10.so)", "libstdc++ is too old")]
    [InlineData("libgomp-98b21ff3.so.1: cannot open shared object file: No such file or directory", "belongs beside libtorch_cpu.so")]
    [InlineData("libstdc++.so.6: cannot open shared object file: No such file or directory", "apt install libstdc++6")]
    [InlineData("libcudart.so.13: cannot open shared object file: No such file or directory", "part of CUDA")]
    [InlineData("libmkl_core.so.2: cannot open shared object file: No such file or directory", "Install the package that brings libmkl_core.so.2")]
    [InlineData("/p/libLibTorchSharp.so: undefined symbol: _ZN5torch3jit4evalE", "does not fit TorchSharp 0.107.0")]
    [InlineData("/p/libtorch_cpu.so: invalid ELF header", "The file is damaged")]
    [InlineData("/p/libtorch_cpu.so: file too short", "The file is damaged")]
    [InlineData("/p/libtorch_cpu.so: wrong ELF class: ELFCLASS32", "another processor")]
    [InlineData("/p/libtorch_cpu.so: failed to map segment from shared object", "docs/native.md")]
    public void Each_cause_has_its_fix(string dlerror, string fix)
    {
        var message = LoadError.Explain("/p/lib.so", dlerror);

        Assert.StartsWith("'/p/lib.so' cannot be loaded: " + dlerror, message);
        Assert.Contains(fix, message);
    }

    [Fact]
    public void A_damaged_library_really_says_so()
    {
        using var disk = new TemporaryFolder();
        var folder = disk.Fill("torch", "libc10.so", "libtorch_cpu.so", "libtorch.so", NativeLayout.BindingName);
        var layout = new NativeLayout(NativeSource.External, folder, Path.Combine(folder, NativeLayout.BindingName));

        var error = Assert.Throws<NativeRuntimeException>(() => new NativeLoader(() => disk.Path).Load(layout));

        Assert.Contains($"'{folder}/libc10.so' cannot be loaded", error.Message);
        Assert.Contains("The file is damaged", error.Message);
    }

    [Theory]
    [InlineData(false, Architecture.X64, "win-x64", "Linux x64 only, this is win-x64")]
    [InlineData(true, Architecture.Arm64, "linux-arm64", "Linux x64 only, this is linux-arm64")]
    [InlineData(true, Architecture.X64, "linux-musl-x64", "needs glibc")]
    public void Other_platforms_are_refused(bool isLinux, Architecture architecture, string identifier, string message) =>
        Assert.Contains(message, Assert.Throws<NativeRuntimeException>(() => Platform.Require(isLinux, architecture, identifier)).Message);
}
