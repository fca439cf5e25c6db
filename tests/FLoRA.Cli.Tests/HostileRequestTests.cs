using System.Text;
using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Tests.Fuzzing;
using FLoRA.TestData;

namespace FLoRA.Cli.Tests;

/// <summary>
/// Request files in which strangers wrote: whatever stands in a line, it gets one result line of its own, an answer or an error by a documented exception, and the good lines between them are answered as if they
/// were alone.
/// </summary>
public sealed class HostileRequestTests
{
    private const int DamagedLines = 150, GoodEach = 15;

    private static readonly string[] Refusals =
        [nameof(InvalidRequestException), nameof(AdapterNotFoundException), nameof(AdapterLoadException), nameof(AudioFormatException), nameof(FileNotFoundException), nameof(DirectoryNotFoundException), nameof(UnauthorizedAccessException), nameof(IOException)];

    private static readonly string Recording = Path.Combine(RepositoryData.Golden, "audio", "noise-short.wav");

    private static readonly Dictionary<string, (string[] Arguments, string[] Good)> Verbs = new()
    {
        ["generate"] = (["--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--kv-tokens", "8192"],
        [
            """{"id":"x","adapter":"lua-flora-r4","prompt":"def f(x):","max_new_tokens":3,"temperature":0,"top_k":4,"top_p":0.5,"min_p":0.1,"repetition_penalty":1.1,"presence_penalty":0.1,"frequency_penalty":0.1,"logit_bias":{"7":1},"seed":1,"stop":["zz"],"stop_tokens":[5],"ignore_eos":true,"logprobs":true}""",
            """{"id":"x","messages":[{"role":"user","content":"hi"}],"max_new_tokens":3,"ignore_eos":true}""",
            """{"id":"x","tokens":[320,321],"max_new_tokens":3,"ignore_eos":true}""",
        ]),
        ["score"] = (["--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--kv-tokens", "8192"], ["""{"id":"x","adapter":null,"text":"def f(x):"}""", """{"id":"x","adapter":"lua-flora-r4","tokens":[1,2,3]}"""]),
        ["tokenize"] = (["--model", FloraRun.Coder], ["""{"id":"x","text":"def f(x):"}"""]),
        ["template"] = (["--model", Path.Combine(FloraRun.TestData, "chat", "qwen-style")], ["""{"id":"x","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}],"add_generation_prompt":true}"""]),
        ["transcribe"] = (["--model", FloraRun.Whisper, "--adapters", FloraRun.WhisperAdapters],
        [
            $$"""{"id":"x","audio":{{JsonSerializer.Serialize(Recording)}},"language":"en","task":"transcribe","timestamps":true,"temperature":0,"max_new_tokens":4,"seed":1,"no_speech_threshold":null}""",
        ]),
    };

    private static readonly JsonMutator Mutator = new("\"../../etc/passwd\"", "\"/dev/null\"", "\"lua-flora-r4\"", "[320]", "[1536]", "{\"0\":1e308}", "{\"-1\":0}", "1e308", "-1e308", "[\"\\ud800\"]", "[{\"role\":\"x\",\"content\":\"\"}]");

    public static TheoryData<string, int> Runs => [.. Verbs.Keys.Select((verb, place) => (verb, 500 + place))];

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Damaged_requests_fail_alone(string verb, int seed)
    {
        (string[] arguments, string[] good) = Verbs[verb];
        Random random = new(seed);
        int damaged = verb == "transcribe" ? DamagedLines / 3 : DamagedLines;
        List<string> lines = [];
        for (int i = 0; i < damaged; i++)
        {
            if (i % GoodEach == 0)
                lines.Add(WithId(good[i / GoodEach % good.Length], $"good {i}"));
            lines.Add(Encoding.UTF8.GetString(Mutator.Damage(Encoding.UTF8.GetBytes(WithId(good[i % good.Length], $"bad {i}")), random)));
        }

        FloraRun run = await FloraRun.WithInputAsync(string.Join('\n', lines), [verb, .. arguments, "--requests", "-"]);
        Assert.Equal(1, run.ExitCode);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Equal(lines.Count, run.Lines.Count);
        int refused = 0;
        foreach (JsonElement line in run.Lines)
        {
            if (!line.TryGetProperty("error", out JsonElement error))
                continue;
            Assert.DoesNotContain("good ", line.GetProperty("id").ToString(), StringComparison.Ordinal);
            Assert.Contains(error.GetProperty("type").GetString(), Refusals);
            Assert.NotEmpty(error.GetProperty("message").GetString()!);
            refused++;
        }

        Assert.InRange(refused, damaged / 4, damaged - 1);
        for (int i = 0; i < damaged; i += GoodEach)
            Assert.False(run.Line($"good {i}").TryGetProperty("error", out _));
    }

    /// <summary>Ids come back as they came, whatever they look like; names of adapters are looked up, never opened.</summary>
    [Fact]
    public async Task Ids_and_adapters_are_no_paths()
    {
        string[] names = ["../../etc/passwd", "/etc/passwd", "..", ".", "a/../lua-flora-r4", "\\\\host\\x", "lua-flora-r4/", "C:x", "\u0000", "%2e%2e%2f", "~", "lua-flora-r4\n"];
        string input = string.Join('\n', names.Select(name => JsonSerializer.Serialize(name)).SelectMany(name => new[]
        {
            $$"""{"id":{{name}},"tokens":[320],"max_new_tokens":1}""",
            $$"""{"id":{{JsonSerializer.Serialize("of ")[..^1]}}{{name[1..]}},"adapter":{{name}},"tokens":[320],"max_new_tokens":1}""",
        }));
        FloraRun run = await FloraRun.WithInputAsync(input, "generate", "--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        foreach (string name in names)
        {
            Assert.Equal(1, run.Line(name).GetProperty("tokens").GetArrayLength());
            Assert.StartsWith("AdapterNotFoundException", run.ErrorOf($"of {name}"), StringComparison.Ordinal);
        }
    }

    /// <summary>Numbers that are none, or beyond all bounds; a line that is no JSON has no id, and is named by its number.</summary>
    [Fact]
    public async Task Numbers_beyond_all_bounds_are_named()
    {
        string[] lines =
        [
            """{"id":"nan","tokens":[1],"temperature":NaN}""",
            """{"id":"infinite","tokens":[1],"temperature":1e999}""",
            """{"id":"huge","tokens":[1],"max_new_tokens":99999999999999999999}""",
            """{"id":"long","tokens":[1],"max_new_tokens":2147483647}""",
            """{"id":"seed","tokens":[1],"seed":9223372036854775808}""",
            """{"id":"token","tokens":[-1]}""",
            """{"id":"tokens","tokens":[1e0,4294967297]}""",
            """{"id":"bias","tokens":[1],"max_new_tokens":1,"logit_bias":{"1":1e999}}""",
            """{"id":"penalty","tokens":[1],"repetition_penalty":1e-300}""",
            $$"""{"id":"deep","tokens":{{new string('[', 500)}}{{new string(']', 500)}}}""",
            $$"""{"id":{{new string('9', 400)}},"tokens":[1],"max_new_tokens":1}""",
            """{"id":"good","tokens":[320],"max_new_tokens":1}""",
        ];
        FloraRun run = await FloraRun.WithInputAsync(string.Join('\n', lines), "generate", "--model", FloraRun.Coder, "--requests", "-");
        Assert.Equal(lines.Length, run.Lines.Count);
        Assert.Equal(2, run.Lines.Count(line => line.GetProperty("id").ValueKind == JsonValueKind.Null));
        Assert.Contains("line 1 is not a JSON object", run.Output, StringComparison.Ordinal);
        Assert.Contains("line 10 is not a JSON object", run.Output, StringComparison.Ordinal);
        foreach ((string id, string field) in new[] { ("infinite", "temperature"), ("huge", "max_new_tokens"), ("long", "max_new_tokens"), ("seed", "seed"), ("token", "tokens"), ("tokens", "tokens"), ("bias", "logit_bias"), ("penalty", "repetition_penalty") })
        {
            Assert.StartsWith(nameof(InvalidRequestException), run.ErrorOf(id), StringComparison.Ordinal);
            Assert.Contains(field, run.ErrorOf(id), StringComparison.Ordinal);
        }

        Assert.Equal(1, run.Line("good").GetProperty("tokens").GetArrayLength());
        Assert.Equal(1, run.Line(new string('9', 400)).GetProperty("tokens").GetArrayLength());
    }

    private static string WithId(string request, string id) => request.Replace("\"id\":\"x\"", $"\"id\":\"{id}\"", StringComparison.Ordinal);
}
