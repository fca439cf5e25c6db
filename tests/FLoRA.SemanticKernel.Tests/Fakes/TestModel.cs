using FLoRA.TestData;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Folders of the embedded model.</summary>
internal static class TestModel
{
    internal static string Root => RepositoryData.Root;

    internal static string Folder => Path.Combine(RepositoryData.TinyCoder, "model");

    internal static string Adapters => Path.Combine(RepositoryData.TinyCoder, "adapters");
}
