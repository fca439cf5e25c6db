using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Native;

public sealed class NativeLocatorTests : IDisposable
{
    private static readonly string[] Torch = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    private readonly TemporaryFolder _disk = new();
    private readonly NativePlaces _places;

    public NativeLocatorTests()
    {
        var binding = _disk.Fill("binding", NativeLayout.BindingName);
        _places = new NativePlaces { ApplicationFolder = _disk.Fill("app"), ProbingFolders = [Path.Combine(_disk.Path, "app")], BuildBindingFolder = binding };
    }

    [Fact]
    public void External_comes_before_all_and_takes_the_binding_from_elsewhere()
    {
        var external = _disk.Fill("external", Torch);
        _disk.Fill("app/flora-native", Torch);

        var layout = Locate(_places with { TorchLib = external });

        Assert.Equal(new NativeLayout(NativeSource.External, external, Path.Combine(_disk.Path, "binding", NativeLayout.BindingName)).BindingFile, layout.BindingFile);
        Assert.Equal((NativeSource.External, external, false), (layout.Source, layout.TorchFolder, layout.HasCuda));
    }

    [Fact]
    public void Cuda_is_loaded_between_the_cpu_half_and_libtorch()
    {
        var external = _disk.Fill("external", [.. Torch, "libtorch_cuda.so", "libc10_cuda.so"]);

        var layout = Locate(_places with { TorchLib = external });

        Assert.True(layout.HasCuda);
        Assert.Equal(["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"], layout.TorchFiles.Select(file => Path.GetFileName(file)));
    }

    [Theory]
    [InlineData("torch/lib", "expected the absolute path")]
    [InlineData("/nonexistent/torch/lib", "there is no such folder")]
    public void External_path_that_is_none_is_refused(string path, string message) => Refuses(_places with { TorchLib = path }, message);

    [Fact]
    public void External_folder_that_is_not_whole_lists_what_it_lacks() =>
        Refuses(_places with { TorchLib = _disk.Fill("external", "libtorch.so") }, "it lacks libc10.so, libtorch_cpu.so");

    [Fact]
    public void External_beside_a_libtorch_where_the_runtime_probes_is_refused()
    {
        var external = _disk.Fill("external", Torch);
        _disk.Fill("app", "libtorch_cpu.so");

        Refuses(_places with { TorchLib = external }, "the runtime would load both");
    }

    [Fact]
    public void A_whole_libtorch_where_the_runtime_probes_is_the_one()
    {
        var probed = _disk.Fill("app/runtimes", Torch);
        _disk.Fill("app/flora-native", Torch);

        var layout = Locate(_places with { ProbingFolders = [_places.ApplicationFolder, "/nonexistent", probed] });

        Assert.Equal((NativeSource.ProbingPath, probed), (layout.Source, layout.TorchFolder));
    }

    [Fact]
    public void Part_of_a_libtorch_where_the_runtime_probes_is_refused()
    {
        _disk.Fill("app", "libtorch_cpu.so");

        Refuses(_places with { BuildTorchFolder = _disk.Fill("built", Torch) }, "holds part of a libtorch and lacks libc10.so, libtorch.so");
    }

    [Fact]
    public void Published_comes_before_the_build_and_the_build_before_the_users_packages()
    {
        var user = _disk.Fill("nuget/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native", Torch);
        var places = _places with { PackageRoot = Path.Combine(_disk.Path, "nuget") };
        Assert.Equal((NativeSource.UserPackages, user), Found(places));

        var built = _disk.Fill("built", Torch);
        places = places with { BuildTorchFolder = built };
        Assert.Equal((NativeSource.BuildPackages, built), Found(places));

        var published = _disk.Fill("app/flora-native", Torch);
        Assert.Equal((NativeSource.Published, published), Found(places));
    }

    [Fact]
    public void A_published_folder_without_libtorch_still_gives_the_binding()
    {
        _disk.Fill("app/flora-native", NativeLayout.BindingName);

        var layout = Locate(_places with { BuildTorchFolder = _disk.Fill("built", Torch) });

        Assert.Equal(Path.Combine(_places.ApplicationFolder, "flora-native", NativeLayout.BindingName), layout.BindingFile);
    }

    [Fact]
    public void A_binding_where_the_runtime_probes_is_the_one()
    {
        var probed = _disk.Fill("app/runtimes", [.. Torch, NativeLayout.BindingName]);

        var layout = Locate(_places with { ProbingFolders = [_places.ApplicationFolder, probed] });

        Assert.Equal(Path.Combine(probed, NativeLayout.BindingName), layout.BindingFile);
    }

    [Fact]
    public void The_folders_of_the_build_are_two_lines_beside_the_program()
    {
        Assert.Equal((null, null), NativePlaces.ReadBuildFolders(_places.ApplicationFolder));

        File.WriteAllText(Path.Combine(_places.ApplicationFolder, NativePlaces.BuildFoldersFile), "/packages/binding\n\n");
        Assert.Equal(("/packages/binding", null), NativePlaces.ReadBuildFolders(_places.ApplicationFolder));

        File.WriteAllText(Path.Combine(_places.ApplicationFolder, NativePlaces.BuildFoldersFile), "/packages/binding\n/packages/torch\n");
        Assert.Equal(("/packages/binding", "/packages/torch"), NativePlaces.ReadBuildFolders(_places.ApplicationFolder));
    }

    [Fact]
    public void Nothing_found_lists_every_place() =>
        Refuses(_places with { BuildTorchFolder = "/gone", PackageRoot = "/packages" }, $"in: '{_places.ApplicationFolder}/flora-native', '/gone', '/packages/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native'. Let the program reference the package TorchSharp-cpu 0.107.0, build it from source after 'dotnet restore', or set FLORA_TORCH_LIB to a PyTorch's torch/lib folder. One command brings it: dotnet package download libtorch-cpu-linux-x64@2.10.0 --output '/packages'");

    [Fact]
    public void No_binding_is_an_error_of_its_own() =>
        Refuses(_places with { BuildTorchFolder = _disk.Fill("built", Torch), BuildBindingFolder = null }, "libLibTorchSharp.so of TorchSharp 0.107.0 was not found");

    public void Dispose() => _disk.Dispose();

    private static NativeLayout Locate(NativePlaces places) => new NativeLocator(places).Locate();

    private static (NativeSource Source, string Folder) Found(NativePlaces places) => (Locate(places).Source, Locate(places).TorchFolder);

    private static void Refuses(NativePlaces places, string message) =>
        Assert.Contains(message, Assert.Throws<NativeRuntimeException>(() => Locate(places)).Message);
}
