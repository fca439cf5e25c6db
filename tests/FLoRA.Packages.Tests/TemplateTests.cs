using FLoRA.TestData;

namespace FLoRA.Packages.Tests;

/// <summary>dotnet new flora-agent: new, build, run, an answer.</summary>
[Collection(FeedCollection.Name)]
public sealed class TemplateTests(Feed feed)
{
    [Fact]
    public async Task A_new_agent_answers_through_both_adapters()
    {
        string folder = feed.NewFolder("templates");
        await feed.DotnetAsync(folder, ["new", "install", "FLoRA.Templates"]);
        await feed.DotnetAsync(folder,
            ["new", "flora-agent", "-o", "MyAgent", "--model", $"{RepositoryData.TinyCoder}/model", "--adapters", $"{RepositoryData.TinyCoder}/adapters", "--first", "lua-flora-r4", "--second", "rb-flora-r4", "--no-update-check"]);
        await feed.DotnetAsync(folder, ["build", "MyAgent", "-c", "Release", "-o", "out", "-v", "q", "-warnaserror"]);

        Command run = await feed.DotnetAsync(folder, [Path.Combine(folder, "out", "MyAgent.dll"), "-- Cap qty at 6.\nlocal function cap(qty)\n"]);

        Assert.StartsWith("First:     if qty > 6 then\n        return 6\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nSecond: ", run.Output, StringComparison.Ordinal);
    }
}
