namespace FLoRA.SemanticKernel.Tests;

/// <summary>Folders of the embedded model.</summary>
internal static class TestModel
{
    internal static string Root { get; } = FindRoot();

    internal static string Folder => Path.Combine(Root, "models", "tinycoder", "model");

    internal static string Adapters => Path.Combine(Root, "models", "tinycoder", "adapters");

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "FLoRA.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException("FLoRA.sln was not found above the test's folder.");
    }
}
