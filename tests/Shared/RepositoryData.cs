namespace FLoRA.TestData;

/// <summary>Where tests find their data. Third-party data is not in the repository; its tests skip where it is missing.</summary>
internal static class RepositoryData
{
    /// <summary>Folder that holds FLoRA.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The small trained code model with an adapter per language.</summary>
    public static string TinyCoder => Path.Combine(Root, "models", "tinycoder");

    /// <summary>The small trained speech model with an adapter for each of six languages, and its recordings.</summary>
    public static string TinyWhisper => Path.Combine(Root, "models", "tinywhisper");

    /// <summary>Golden models, cases and adapters made for this project.</summary>
    public static string Golden => Path.Combine(Root, "tests", "data");

    /// <summary>A file or folder of third-party data; skips the test where it is missing.</summary>
    public static string ThirdParty(params string[] parts)
    {
        string path = Path.Combine([Root, "..", "shared", "data", .. parts]);
        if (!Path.Exists(path))
            Assert.Skip($"data not present: {string.Join('/', parts)}");
        return path;
    }

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder != null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "FLoRA.sln")))
                return folder;
        }

        throw new DirectoryNotFoundException($"FLoRA.sln was not found above {AppContext.BaseDirectory}.");
    }
}
