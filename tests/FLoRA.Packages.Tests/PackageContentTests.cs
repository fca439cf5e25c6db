using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using FLoRA.TestData;

namespace FLoRA.Packages.Tests;

/// <summary>What is in the packages, and what is not.</summary>
[Collection(FeedCollection.Name)]
public sealed class PackageContentTests(Feed feed)
{
    [Theory]
    [InlineData("FLoRA.Inference")]
    [InlineData("FLoRA.SemanticKernel")]
    [InlineData("FLoRA.Cli")]
    [InlineData("FLoRA.Templates")]
    public void Has_readme_license_description_and_no_libtorch(string id)
    {
        XElement metadata = feed.Metadata(id);
        Assert.Equal(("MIT", "README.md"), (metadata.Element("license")?.Value, metadata.Element("readme")?.Value));
        Assert.NotEmpty(metadata.Element("description")!.Value);
        Assert.Null(metadata.Element("repository")?.Attribute("url"));
        using ZipArchive package = feed.Open(id);
        string[] files = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
        Assert.DoesNotContain(files, file => Path.GetFileName(file) is "libtorch.so" or "libtorch_cpu.so" or "libc10.so" or "flora-native.paths");
        Assert.DoesNotContain(metadata.Descendants("dependency"), dependency => dependency.Attribute("id")!.Value.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void The_engine_depends_on_TorchSharp_and_on_three_managed_readers() =>
        Assert.Equal(["NLayer", "NVorbis", "TorchSharp", "YamlDotNet"], Dependencies("FLoRA.Inference"));

    [Fact]
    public void The_connector_names_only_what_it_uses_itself() => Assert.Equal(
        ["FLoRA.Inference", "Microsoft.Extensions.AI", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Options.ConfigurationExtensions", "Microsoft.SemanticKernel.Abstractions", "Polly.Extensions"],
        Dependencies("FLoRA.SemanticKernel"));

    [Theory]
    [InlineData("FLoRA.Inference")]
    [InlineData("FLoRA.SemanticKernel")]
    public void Has_documentation_and_symbols_and_no_path_of_the_build_machine(string id)
    {
        using ZipArchive package = feed.Open(id);
        Assert.NotNull(package.GetEntry($"lib/net10.0/{id}.xml"));
        using ZipArchive symbols = feed.Open(id, "snupkg");
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{id}.pdb"));

        using MemoryStream assembly = new();
        using (Stream entry = package.GetEntry($"lib/net10.0/{id}.dll")!.Open())
            entry.CopyTo(assembly);
        ReadOnlySpan<byte> bytes = assembly.ToArray();
        Assert.True(bytes.IndexOf(Encoding.UTF8.GetBytes($"/_/src/{id}/")) > 0, "the mapped path of the symbols is not in the assembly");
        Assert.True(bytes.IndexOf(Encoding.UTF8.GetBytes(RepositoryData.Root)) < 0, $"{RepositoryData.Root} is in the assembly");
    }

    [Fact]
    public void The_tool_is_small()
    {
        Assert.InRange(feed.SizeOf("FLoRA.Cli"), 1, 20 << 20);
        Assert.Equal("DotnetTool", feed.Metadata("FLoRA.Cli").Descendants("packageType").Single().Attribute("name")?.Value);
    }

    private string[] Dependencies(string id) => [.. feed.Metadata(id).Descendants("dependency").Select(dependency => dependency.Attribute("id")!.Value).Order(StringComparer.Ordinal)];
}
