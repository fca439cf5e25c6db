using FLoRA.TestData;

namespace FLoRA.Packages.Tests;

/// <summary>The tool, installed from the package.</summary>
[Collection(FeedCollection.Name)]
public sealed class ToolTests(Feed feed)
{
    [Fact]
    public async Task The_tool_generates_and_where_libtorch_is_missing_prints_the_command_that_brings_it()
    {
        string folder = feed.NewFolder("tool");
        await feed.DotnetAsync(folder, ["tool", "install", "FLoRA.Cli", "--tool-path", folder, "--version", "0.1.0"]);
        string flora = Path.Combine(folder, "flora");
        string[] generate =
            ["generate", "--model", $"{RepositoryData.TinyCoder}/model", "--adapters", $"{RepositoryData.TinyCoder}/adapters", "--adapter-id", "lua-flora-r4", "--max-new-tokens", "32", "--prompt", "-- Cap qty at 6.\nlocal function cap(qty)\n"];

        Command run = await feed.RunAsync(flora, folder, generate, (Feed.FolderVariable, feed.KnownPackages));
        Command missing = await feed.StartAsync(flora, folder, generate, (Feed.FolderVariable, folder));

        Assert.Contains("if qty > 6 then", run.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, missing.ExitCode);
        Assert.Contains($"dotnet package download libtorch-cpu-linux-x64@2.10.0 --output '{folder}'", missing.Error, StringComparison.Ordinal);
    }
}
