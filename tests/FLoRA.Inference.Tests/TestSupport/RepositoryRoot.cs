namespace FLoRA.Inference.Tests.TestSupport;

/// <summary>Where the test data lies: the folder that holds FLoRA.sln, above the test executable.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "FLoRA.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"FLoRA.sln was not found above {AppContext.BaseDirectory}.");
    }
}
