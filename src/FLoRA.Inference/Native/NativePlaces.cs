namespace FLoRA.Inference.Native;

/// <summary>What decides where the natives are looked for; taken from the process once, given by hand in tests.</summary>
internal sealed record NativePlaces
{
    public const string TorchLibVariable = "FLORA_TORCH_LIB";

    /// <summary>Beside a program that was built from source: the folders of libLibTorchSharp.so and of libtorch on that machine.</summary>
    public const string BuildFoldersFile = "flora-native.paths";

    /// <summary>Value of <c>FLORA_TORCH_LIB</c>, or null.</summary>
    public string? TorchLib { get; init; }

    /// <summary>Folder of the application.</summary>
    public required string ApplicationFolder { get; init; }

    /// <summary>Folders in which the runtime probes for natives by name.</summary>
    public IReadOnlyList<string> ProbingFolders { get; init; } = [];

    /// <summary>Folder of libtorch's package at build time, or null.</summary>
    public string? BuildTorchFolder { get; init; }

    /// <summary>Folder of libLibTorchSharp.so's package at build time, or null.</summary>
    public string? BuildBindingFolder { get; init; }

    /// <summary>The user's NuGet package folder, or null.</summary>
    public string? PackageRoot { get; init; }

    public static NativePlaces OfThisProcess()
    {
        var built = ReadBuildFolders(AppContext.BaseDirectory);
        var probing = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return new NativePlaces
        {
            TorchLib = NullIfEmpty(Environment.GetEnvironmentVariable(TorchLibVariable)),
            ApplicationFolder = AppContext.BaseDirectory,
            ProbingFolders = probing.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            BuildTorchFolder = built.Torch,
            BuildBindingFolder = built.Binding,
            PackageRoot = FindPackageRoot(),
        };
    }

    /// <summary>Reads what build/FLoRA.Native.targets left beside a program that was built from source: two lines, either may be empty.</summary>
    /// <returns>Null where the file or the line is missing: programs that were published, or that reference the package.</returns>
    internal static (string? Binding, string? Torch) ReadBuildFolders(string applicationFolder)
    {
        var file = Path.Combine(applicationFolder, BuildFoldersFile);
        if (!File.Exists(file))
            return (null, null);
        var lines = File.ReadAllLines(file);
        return (NullIfEmpty(lines.ElementAtOrDefault(0)), NullIfEmpty(lines.ElementAtOrDefault(1)));
    }

    private static string? FindPackageRoot()
    {
        if (NullIfEmpty(Environment.GetEnvironmentVariable("NUGET_PACKAGES")) is { } configured)
            return configured;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length == 0 ? null : Path.Combine(home, ".nuget", "packages");
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
