namespace FLoRA.Bench.Common;

/// <summary>Where the repository's files are.</summary>
internal static class Places
{
    /// <summary>The folder that holds FLoRA.sln, above the program: a checkout, or the folder that cuda.sh lays out.</summary>
    public static string Root()
    {
        for (string? folder = AppContext.BaseDirectory; folder != null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "FLoRA.sln")))
                return folder;
        }

        throw new DirectoryNotFoundException($"Expected FLoRA.sln in a folder above {AppContext.BaseDirectory}, found none.");
    }

    /// <summary>The embedded code model: folders model, adapters, eval.</summary>
    public static string TinyCoder() => Path.Combine(Root(), "models", "tinycoder");

    /// <summary>The embedded speech model: folders model, adapters, audio.</summary>
    public static string TinyWhisper() => Path.Combine(Root(), "models", "tinywhisper");
}
