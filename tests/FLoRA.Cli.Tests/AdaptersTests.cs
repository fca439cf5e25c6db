using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

public sealed class AdaptersTests
{
    [Fact]
    public async Task InspectsAGoodFolder()
    {
        string folder = Path.Combine(FloraRun.CoderAdapters, "lua-flora-r4");
        FloraRun run = await FloraRun.OfAsync("adapters", "inspect", folder, "--model", FloraRun.Coder, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("FLORA", run.Lines[0].GetProperty("kind").GetString());
        Assert.Equal(4, run.Lines[0].GetProperty("row_width").GetInt32());
        Assert.Equal(16, run.Lines[0].GetProperty("modules").GetArrayLength());
        FloraRun text = await FloraRun.OfAsync("adapters", "inspect", folder);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("parameters  44,032", text.Output, StringComparison.Ordinal);
        Assert.Contains("  languages   lua\n  description Writes small Lua functions", text.Output, StringComparison.Ordinal);
        Assert.StartsWith("Writes small Lua functions", run.Lines[0].GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(["lua"], run.Lines[0].GetProperty("languages").EnumerateArray().Select(language => language.GetString()));
    }

    public static IEnumerable<TheoryDataRow<string, string>> BadFolders() =>
        from model in Directory.EnumerateDirectories(FloraRun.TestData)
        let parent = Path.Combine(model, "bad-adapters")
        where Directory.Exists(parent)
        from folder in Directory.EnumerateDirectories(parent)
        select new TheoryDataRow<string, string>(Path.GetFileName(model), Path.GetFileName(folder));

    [Theory]
    [MemberData(nameof(BadFolders))]
    public async Task RefusesABadFolder(string model, string name)
    {
        string folder = Path.Combine(FloraRun.TestData, model, "bad-adapters", name);
        string modelFolder = Path.Combine(FloraRun.TestData, model, "model");
        (await FloraRun.OfAsync("adapters", "inspect", folder, "--model", modelFolder)).AssertRefused("cannot be loaded: ");
        FloraRun run = await FloraRun.WithInputAsync(
            "{\"id\":1,\"adapter\":\"x\",\"tokens\":[1]}", "generate", "--model", modelFolder, "--adapter", $"x={folder}", "--requests", "-");
        run.AssertRefused("cannot be loaded: ");
    }

    [Fact]
    public async Task ListsGoodOnesAndSaysWhatIsWrongWithTheOthers()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("good ü"));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(FloraRun.CoderAdapters, "lua-ia3")))
            File.Copy(file, Path.Combine(folder.File("good ü"), Path.GetFileName(file)));
        Directory.CreateDirectory(folder.File("empty"));
        FloraRun run = await FloraRun.OfAsync("adapters", "list", "--adapters", folder.Path, "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["empty", "good ü"], run.Lines.Select(line => line.GetProperty("name").GetString()));
        Assert.Equal("AdapterLoadException", run.Lines[0].GetProperty("error").GetProperty("type").GetString());
        Assert.Equal("IA3", run.Lines[1].GetProperty("kind").GetString());
        Assert.StartsWith("Writes small Lua functions", run.Lines[1].GetProperty("description").GetString(), StringComparison.Ordinal);
        FloraRun text = await FloraRun.OfAsync("adapters", "list", "--adapters", folder.Path);
        Assert.Contains("refused: ", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAdapterWithoutACardSaysNothing()
    {
        string folder = Path.Combine(FloraRun.TestData, "llama-mha", "adapters");
        FloraRun list = await FloraRun.OfAsync("adapters", "list", "--adapters", folder);
        Assert.All(list.Output.TrimEnd('\n').Split('\n'), line => Assert.EndsWith(" parameters", line, StringComparison.Ordinal));
        FloraRun run = await FloraRun.OfAsync("adapters", "inspect", Path.Combine(folder, "flora-r1"), "--json");
        Assert.Equal(JsonValueKind.Null, run.Lines[0].GetProperty("description").ValueKind);
        Assert.Empty(run.Lines[0].GetProperty("languages").EnumerateArray());
    }

    [Fact]
    public async Task ListsEveryAdapterOfTheCoder()
    {
        FloraRun run = await FloraRun.OfAsync("adapters", "list", "--adapters", FloraRun.CoderAdapters, "--model", FloraRun.Coder);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Directory.GetDirectories(FloraRun.CoderAdapters).Length, run.Output.Count(c => c == '\n'));
        Assert.All(run.Output.TrimEnd('\n').Split('\n'), line => Assert.Matches(@" parameters  \[(lua|php|perl|r|ruby|racket|rust|bash)\] Writes small \w+ functions .* \d+ % ", line));
    }
}
