using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

public sealed class GenerateTests
{
    private static readonly string[] Coder = ["generate", "--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--requests", "-"];

    [Fact]
    public async Task AnswersTheReferenceTokensInOneBatch()
    {
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(FloraRun.Coder, "..", "cases.json"), TestContext.Current.CancellationToken));
        JsonElement[] cases = [.. file.RootElement.GetProperty("cases").EnumerateArray().Take(24)];
        string input = string.Join('\n', cases.Select((golden, id) => JsonSerializer.Serialize(new
        {
            id,
            adapter = golden.GetProperty("adapter").GetString(),
            prompt = golden.GetProperty("prompt").GetString(),
            max_new_tokens = golden.GetProperty("greedy").GetArrayLength(),
            temperature = 0,
            ignore_eos = true,
        })));
        using TemporaryFolder folder = new();
        FloraRun run = await FloraRun.WithInputAsync(input, [.. Coder, "--trace", folder.File("trace.jsonl"), "--warmup"]);
        Assert.Equal(0, run.ExitCode);
        for (int id = 0; id < cases.Length; id++)
        {
            JsonElement line = run.Line($"{id}");
            Assert.Equal(cases[id].GetProperty("greedy").EnumerateArray().Select(x => x.GetInt32()), Tokens(line));
            Assert.Equal("length", line.GetProperty("finish_reason").GetString());
            Assert.Equal(cases[id].GetProperty("tokens").GetArrayLength(), line.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        }

        JsonElement[] steps = [.. (await File.ReadAllLinesAsync(folder.File("trace.jsonl"), TestContext.Current.CancellationToken)).Select(line => JsonElement.Parse(line))];
        HashSet<int> named = [.. steps.SelectMany(step => step.GetProperty("sequences").EnumerateArray()).Select(id => id.GetInt32())];
        Assert.True(named.SetEquals(Enumerable.Range(0, cases.Length)), "the trace names the requests of the file, and nothing of the warm-up");
        int prompts = cases.Sum(golden => golden.GetProperty("tokens").GetArrayLength()) - Enumerable.Range(0, cases.Length).Sum(id => Cached(run.Line($"{id}")));
        Assert.Equal(prompts, steps.Sum(step => step.GetProperty("prefill_tokens").GetInt32()));
        Assert.True(steps.Max(step => step.GetProperty("sequences").GetArrayLength()) > cases.Length / 2, "all requests share batches");
    }

    [Theory]
    [InlineData(64, new string[0])]
    [InlineData(0, new[] { "--no-prefix-cache" })]
    public async Task EqualBeginningsAreComputedOnce(int cached, string[] options)
    {
        int[] beginning = [.. Enumerable.Range(0, 64).Select(i => 10 + (i * 37 % 1000))];
        string input = string.Join('\n', Enumerable.Range(0, 3).Select(id => JsonSerializer.Serialize(new { id, tokens = (int[])[.. beginning, 300 + id], max_new_tokens = 2, ignore_eos = true })));
        FloraRun run = await FloraRun.WithInputAsync(input, [.. Coder, "--warmup", .. options]);
        Assert.Equal(0, run.ExitCode);
        // The first one computes it, though the warm-up had it too.
        Assert.Equal([0, cached, cached], Enumerable.Range(0, 3).Select(id => Cached(run.Line($"{id}"))));
    }

    [Fact]
    public async Task BadRequestsFailAlone()
    {
        const string Input = """
            {"id":"nobody","adapter":"nobody","prompt":"x"}
            {"id":"unknown","prompt":"x","temprature":1}
            {"id":"range","prompt":"x","temperature":-1,"top_p":0}
            {"id":"type","prompt":"x","max_new_tokens":"three","stop":"x","logit_bias":{"a":1},"messages":[{"role":"user"}]}
            {"id":"none"}
            {"id":"both","prompt":"x","tokens":[1]}
            {"id":"suffix","tokens":[1],"suffix":"x"}
            {"id":"outside","tokens":[1536]}
            {"id":"empty","tokens":[]}
            {"id":"long","tokens":[1],"max_new_tokens":100000}
            {"id":"good","adapter":null,"tokens":[320],"max_new_tokens":2,"seed":null}
            """;
        FloraRun run = await FloraRun.WithInputAsync(Input, Coder);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("10 of 11 requests failed", run.Error, StringComparison.Ordinal);
        Assert.StartsWith("AdapterNotFoundException: Adapter 'nobody' is not registered. Known adapters: lua-flora-r1", run.ErrorOf("nobody"), StringComparison.Ordinal);
        Assert.Contains("unknown field 'temprature'", run.ErrorOf("unknown"), StringComparison.Ordinal);
        Assert.All((string[])["temperature must be", "top_p must be"], part => Assert.Contains(part, run.ErrorOf("range"), StringComparison.Ordinal));
        Assert.All(
            (string[])["max_new_tokens: expected a whole number of 32 bits, got a string", "stop: expected a list of strings", "logit_bias: expected an object", "messages: expected a list"],
            part => Assert.Contains(part, run.ErrorOf("type"), StringComparison.Ordinal));
        Assert.All((string[])["none", "both"], id => Assert.Contains("exactly one of tokens, prompt and messages", run.ErrorOf(id), StringComparison.Ordinal));
        Assert.Contains("suffix: goes with prompt only", run.ErrorOf("suffix"), StringComparison.Ordinal);
        Assert.All((string[])["outside", "empty", "long"], id => Assert.StartsWith("InvalidRequestException", run.ErrorOf(id), StringComparison.Ordinal));
        Assert.Equal(2, Tokens(run.Line("good")).Length);
    }

    [Fact]
    public async Task EveryFieldOfTheContractIsUnderstood()
    {
        const string Input = """
            {"id":"all","adapter":"lua-lora-r4","prompt":"local function add(a, b)\n","max_new_tokens":4,"temperature":0.7,"top_k":20,"top_p":0.9,"min_p":0.01,"repetition_penalty":1.1,"presence_penalty":0.1,"frequency_penalty":0.1,"logit_bias":{"7":-100,"8":1.5},"seed":11,"stop":["\n\n\n"],"stop_tokens":[5],"ignore_eos":true,"logprobs":true}
            {"id":"fim","prompt":"def add(a, b):\n","suffix":"\n\nadd(1, 2)","max_new_tokens":4}
            {"id":"chat","messages":[{"role":"user","content":"hi"}],"max_new_tokens":4}
            """;
        FloraRun run = await FloraRun.WithInputAsync(Input, Coder);
        Assert.Equal(0, run.ExitCode);
        JsonElement line = run.Line("all");
        Assert.Equal("lua-lora-r4", line.GetProperty("adapter").GetString());
        Assert.Equal(line.GetProperty("tokens").GetArrayLength(), line.GetProperty("logprobs").GetArrayLength());
        Assert.All(line.GetProperty("logprobs").EnumerateArray(), logprob => Assert.InRange(logprob.GetDouble(), -50, 0));
        Assert.Equal(line.GetProperty("tokens").GetArrayLength(), line.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.All((string[])["queue_ms", "first_token_ms", "total_ms"], name => Assert.True(line.GetProperty("timing").GetProperty(name).GetDouble() >= 0));
        Assert.Equal(JsonValueKind.Null, run.Line("fim").GetProperty("logprobs").ValueKind);
    }

    [Fact]
    public async Task ASeedGivesTheSameTokensWhateverTheNeighbours()
    {
        string Request(string id, int seed) => $$"""{"id":"{{id}}","prompt":"def f(x):\n","max_new_tokens":12,"temperature":1.5,"seed":{{seed}},"ignore_eos":true}""";
        FloraRun alone = await FloraRun.WithInputAsync(Request("a", 5), Coder);
        FloraRun among = await FloraRun.WithInputAsync(string.Join('\n', Enumerable.Range(0, 8).Select(seed => Request(seed == 5 ? "a" : $"{seed}", seed))), Coder);
        Assert.Equal(Tokens(alone.Line("a")), Tokens(among.Line("a")));
        Assert.True(among.Lines.Select(line => string.Join(' ', Tokens(line))).Distinct().Count() > 4);
    }

    [Fact]
    public async Task AStopStringEndsTheTextAndItsTokensAreListed()
    {
        FloraRun run = await FloraRun.WithInputAsync(
            """{"id":1,"adapter":"lua-flora-r4","prompt":"-- Adds.\nlocal function add(a, b)\n","max_new_tokens":30,"stop":["end"]}""", Coder);
        JsonElement line = run.Line("1");
        Assert.Equal("stop", line.GetProperty("finish_reason").GetString());
        Assert.DoesNotContain("end", line.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.True(Tokens(line).Length < 30);
    }

    [Fact]
    public async Task ModelsWithoutTokenizerServeTokenIds()
    {
        FloraRun run = await FloraRun.WithInputAsync(
            "{\"id\":1,\"tokens\":[1,2],\"max_new_tokens\":2}\n{\"id\":2,\"prompt\":\"x\"}", "generate", "--model", Path.Combine(FloraRun.TestData, "qwen2", "model"), "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(JsonValueKind.Null, run.Line("1").GetProperty("text").ValueKind);
        Assert.Contains("no tokenizer", run.ErrorOf("2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoRequestsAreFine()
    {
        FloraRun run = await FloraRun.WithInputAsync("\n\n", Coder);
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
    }

    private static int Cached(JsonElement line) => line.GetProperty("usage").GetProperty("cached_prompt_tokens").GetInt32();

    private static int[] Tokens(JsonElement line) => [.. line.GetProperty("tokens").EnumerateArray().Select(x => x.GetInt32())];
}
