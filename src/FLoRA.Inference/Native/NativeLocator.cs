namespace FLoRA.Inference.Native;

/// <summary>Decides which files are loaded; opens none of them.</summary>
internal sealed class NativeLocator(NativePlaces places)
{
    /// <summary>Folder beside a published program that holds the natives. Not a folder in which the runtime probes.</summary>
    public const string PublishedFolder = "flora-native";

    private const string TorchPackage = "libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native";
    private const string BindingPackage = "torchsharp/0.107.0/runtimes/linux-x64/native";

    /// <exception cref="NativeRuntimeException">Nothing was found, or what was asked for is not whole.</exception>
    public NativeLayout Locate() => places.TorchLib is { } folder ? LocateExternal(folder) : LocateOwn();

    private NativeLayout LocateExternal(string folder)
    {
        const string variable = NativePlaces.TorchLibVariable;
        if (!Path.IsPathFullyQualified(folder))
            throw new NativeRuntimeException($"{variable} is '{folder}': expected the absolute path of a PyTorch's torch/lib folder.");
        if (!Directory.Exists(folder))
            throw new NativeRuntimeException($"{variable} is '{folder}': there is no such folder. Expected a PyTorch's torch/lib folder, or leave the variable unset to use the CPU libtorch.");
        if (NativeLayout.MissingIn(folder) is { Count: > 0 } missing)
            throw new NativeRuntimeException($"{variable} is '{folder}': it lacks {string.Join(", ", missing)}. Expected the torch/lib folder of a PyTorch for Linux x64.");
        // TorchSharp's own start looks for "torch_cpu" by name: a file on the probing path would become a second libtorch.
        if (ProbingFolderWithTorch() is { } other && !SameFolder(other, folder))
            throw new NativeRuntimeException($"{variable} is '{folder}', but '{other}' also holds a libtorch, and the runtime would load both. Remove libtorch*.so there (reference TorchSharp-cpu and libtorch-cpu-linux-x64 with ExcludeAssets=\"native\"), or leave the variable unset.");
        return new NativeLayout(NativeSource.External, folder, FindBinding());
    }

    private NativeLayout LocateOwn()
    {
        // One libtorch per process: what the runtime would find by name is the one to use.
        if (ProbingFolderWithTorch() is { } probing && NativeLayout.MissingIn(probing) is { Count: > 0 } missing)
            throw new NativeRuntimeException($"'{probing}', where the runtime looks first, holds part of a libtorch and lacks {string.Join(", ", missing)}. Remove libtorch*.so there, or build the program again.");
        var candidates = TorchFolders().ToList();
        foreach (var (source, folder) in candidates)
            if (NativeLayout.MissingIn(folder).Count == 0)
                return new NativeLayout(source, folder, FindBinding());
        throw new NativeRuntimeException(
            $"libtorch was not found. Looked for {string.Join(", ", NativeLayout.RequiredNames)} in: {Join(candidates.Select(place => place.Folder))}. " +
            $"Let the program reference the package TorchSharp-cpu 0.107.0, build it from source after 'dotnet restore', or set {NativePlaces.TorchLibVariable} to a PyTorch's torch/lib folder.{Download()}");
    }

    // "dotnet package download" is in SDKs from 10.0.200 on; it knows no default folder but the current one.
    private string Download() => places.PackageRoot is { } root
        ? $" One command brings it: dotnet package download libtorch-cpu-linux-x64@2.10.0 --output '{root}'"
        : "";

    private IEnumerable<(NativeSource Source, string Folder)> TorchFolders()
    {
        if (ProbingFolderWithTorch() is { } probing)
            yield return (NativeSource.ProbingPath, probing);
        yield return (NativeSource.Published, Path.Combine(places.ApplicationFolder, PublishedFolder));
        if (places.BuildTorchFolder is { } built)
            yield return (NativeSource.BuildPackages, built);
        if (places.PackageRoot is { } root)
            yield return (NativeSource.UserPackages, Path.Combine(root, TorchPackage));
    }

    private string FindBinding()
    {
        var folders = BindingFolders().ToList();
        return folders.Select(folder => Path.Combine(folder, NativeLayout.BindingName)).FirstOrDefault(File.Exists)
            ?? throw new NativeRuntimeException($"{NativeLayout.BindingName} of TorchSharp 0.107.0 was not found. Looked in: {Join(folders)}. Let the program reference the package TorchSharp 0.107.0, or build it from source after 'dotnet restore'.");
    }

    private IEnumerable<string> BindingFolders()
    {
        // One binding per process too: TorchSharp's own start finds by name what lies where the runtime probes.
        foreach (var folder in places.ProbingFolders)
            yield return folder;
        yield return Path.Combine(places.ApplicationFolder, PublishedFolder);
        if (places.BuildBindingFolder is { } built)
            yield return built;
        if (places.PackageRoot is { } root)
            yield return Path.Combine(root, BindingPackage);
    }

    private string? ProbingFolderWithTorch() =>
        places.ProbingFolders.FirstOrDefault(folder => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "libtorch*.so*").Any());

    private static bool SameFolder(string left, string right) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(left)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(right));

    private static string Join(IEnumerable<string> folders) => string.Join(", ", folders.Select(folder => $"'{folder}'"));
}
