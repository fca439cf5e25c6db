using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

public sealed class ScoreTests
{
    [Fact]
    public async Task GivesTheReferenceNumbers()
    {
        string folder = Path.Combine(FloraRun.TestData, "qwen2");
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "cases.json"), TestContext.Current.CancellationToken));
        JsonElement[] cases = [.. file.RootElement.GetProperty("cases").EnumerateArray()];
        string input = string.Join('\n', cases.Select((golden, id) => $$"""{"id":{{id}},"adapter":{{golden.GetProperty("adapter").GetRawText()}},"tokens":{{golden.GetProperty("tokens").GetRawText()}}}"""));
        using TemporaryFolder scratch = new();
        FloraRun run = await FloraRun.WithInputAsync(
            input, "score", "--model", Path.Combine(folder, "model"), "--adapters", Path.Combine(folder, "adapters"), "--requests", "-", "--warmup", "--trace", scratch.File("t"));
        Assert.Equal(0, run.ExitCode);
        for (int id = 0; id < cases.Length; id++)
        {
            JsonElement line = run.Line($"{id}");
            double[] expected = [.. cases[id].GetProperty("logprobs").EnumerateArray().Select(x => x.GetDouble())];
            double[] actual = [.. line.GetProperty("logprobs").EnumerateArray().Select(x => x.GetDouble())];
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
            Assert.Equal(cases[id].GetProperty("last_top")[0][0].GetInt32(), line.GetProperty("top")[0][0].GetInt32());
            Assert.Equal(8, line.GetProperty("top").GetArrayLength());
        }

        IEnumerable<int> traced = File.ReadLines(scratch.File("t")).SelectMany(step => JsonElement.Parse(step).GetProperty("sequences").EnumerateArray()).Select(x => x.GetInt32());
        Assert.True(traced.ToHashSet().SetEquals(Enumerable.Range(0, cases.Length)));
    }

    [Fact]
    public async Task TextIsScoredWithItsTokensListed()
    {
        FloraRun run = await FloraRun.WithInputAsync(
            "{\"id\":1,\"text\":\"def f(x):\"}\n{\"id\":2,\"text\":\"a\",\"tokens\":[1]}\n{\"id\":3,\"text\":\"a\",\"adapter\":\"nobody\"}", "score", "--model", FloraRun.Coder, "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(run.Line("1").GetProperty("tokens").GetArrayLength() - 1, run.Line("1").GetProperty("logprobs").GetArrayLength());
        Assert.Contains("exactly one of tokens and text", run.ErrorOf("2"), StringComparison.Ordinal);
        Assert.StartsWith("AdapterNotFoundException", run.ErrorOf("3"), StringComparison.Ordinal);
    }
}
