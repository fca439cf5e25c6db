using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.TestData;

namespace FLoRA.Cli.Tests;

/// <summary><c>flora transcribe --requests</c> on the embedded speech model.</summary>
public sealed class TranscribeTests
{
    private static readonly string[] Whisper = ["transcribe", "--model", FloraRun.Whisper, "--adapters", FloraRun.WhisperAdapters];

    private static string Audio(string name) => Path.Combine(RepositoryData.TinyWhisper, "audio", name);

    private static JsonElement[] Files { get; } =
        [.. JsonElement.Parse(File.ReadAllText(Path.Combine(RepositoryData.TinyWhisper, "files.json"))).GetProperty("files").EnumerateArray().Where(file => file.GetProperty("min_margin").GetDouble() > 0.02)];

    [Fact]
    public async Task RecordingsOfAllLanguagesShareBatchesAndGiveTheReferenceTokens()
    {
        JsonElement[] files = [.. Files.Where((_, index) => index % 3 == 0)];
        string input = Requests(files);
        using TemporaryFolder folder = new();
        FloraRun run = await FloraRun.WithInputAsync(input, [.. Whisper, "--requests", "-", "--warmup", "--trace", folder.File("trace.jsonl")]);
        Assert.Equal(0, run.ExitCode);
        for (int id = 0; id < files.Length; id++)
        {
            Assert.Equal(Tokens(files[id]), Tokens(run.Line($"{id}")));
            Assert.Equal(files[id].GetProperty("text").GetString()!.Trim(), run.Line($"{id}").GetProperty("text").GetString()!.Trim());
        }

        JsonElement[] steps = [.. (await File.ReadAllLinesAsync(folder.File("trace.jsonl"), TestContext.Current.CancellationToken)).Select(line => JsonElement.Parse(line))];
        HashSet<int> named = [.. steps.SelectMany(step => step.GetProperty("sequences").EnumerateArray()).Select(id => id.GetInt32())];
        Assert.True(named.SetEquals(Enumerable.Range(0, files.Length)), "the trace names the requests of the file, and nothing of the warm-up");
        Assert.True(steps.Max(step => step.GetProperty("sequences").GetArrayLength()) > 1, "recordings share batches");
    }

    [Fact]
    public async Task TheTraceNamesBeamsAndTimesOfWordsToo()
    {
        using TemporaryFolder folder = new();
        string input = $$"""{"id":7777,"audio":{{JsonSerializer.Serialize(Audio("en/00.wav"))}},"beam_size":3,"word_timestamps":true,"temperature":0}""";
        FloraRun run = await FloraRun.WithInputAsync(input, [.. Whisper, "--requests", "-", "--warmup", "--trace", folder.File("trace.jsonl")]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(6, run.Line("7777").GetProperty("segments")[0].GetProperty("words").GetArrayLength());
        string[] steps = await File.ReadAllLinesAsync(folder.File("trace.jsonl"), TestContext.Current.CancellationToken);
        Assert.All(steps.SelectMany(step => JsonElement.Parse(step).GetProperty("sequences").EnumerateArray()), id => Assert.Equal(7777, id.GetInt32()));
        Assert.NotEmpty(steps);
    }

    [Fact]
    public async Task FewPlacesChangeNothing()
    {
        JsonElement[] files = [.. Files.Where((_, index) => index % 8 == 0)];
        string input = Requests(files);
        FloraRun run = await FloraRun.WithInputAsync(input, [.. Whisper, "--requests", "-", "--max-sequences", "1"]);
        Assert.Equal(0, run.ExitCode);
        Assert.All(files.Index(), file => Assert.Equal(Tokens(file.Item), Tokens(run.Line($"{file.Index}"))));
    }

    [Fact]
    public async Task ARecordingIsToldInFull()
    {
        FloraRun run = await FloraRun.WithInputAsync($$"""{"id":"x","audio":{{JsonSerializer.Serialize(Audio("de/00.wav"))}}}""", [.. Whisper, "--requests", "-"]);
        Assert.Equal(0, run.ExitCode);
        JsonElement line = run.Line("x");
        Assert.Equal(["id", "text", "language", "language_probs", "tokens", "segments", "duration"], line.EnumerateObject().Select(field => field.Name));
        Assert.Equal("de", line.GetProperty("language").GetString());
        Assert.Equal(1, line.GetProperty("language_probs").EnumerateObject().Sum(language => language.Value.GetDouble()), 1e-5);
        JsonElement segment = Assert.Single(line.GetProperty("segments").EnumerateArray());
        Assert.Equal(["start", "end", "text", "tokens", "avg_logprob", "no_speech_prob", "compression_ratio", "temperature", "words"], segment.EnumerateObject().Select(field => field.Name));
        Assert.InRange(segment.GetProperty("end").GetDouble(), 1, line.GetProperty("duration").GetDouble());
    }

    [Fact]
    public async Task PathsAreRelativeToTheRequestFile()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("ton ü"));
        File.Copy(Audio("es/00.wav"), folder.File("ton ü/a.wav"));
        await File.WriteAllTextAsync(folder.File("requests.jsonl"), """{"id":"a","audio":"ton ü/a.wav","language":"es"}""", TestContext.Current.CancellationToken);
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--requests", folder.File("requests.jsonl")]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("es", run.Line("a").GetProperty("language").GetString());
        Assert.Equal(JsonValueKind.Null, run.Line("a").GetProperty("language_probs").ValueKind);
    }

    [Fact]
    public async Task BadRequestsFailAlone()
    {
        using TemporaryFolder folder = new();
        string good = JsonSerializer.Serialize(Audio("en/00.wav")), noAudio = JsonSerializer.Serialize(folder.Write("text.wav", [.. "no recording"u8]));
        string input = $$"""
            {"id":"missing","audio":"nowhere.wav"}
            {"id":"text","audio":{{noAudio}}}
            {"id":"folder","audio":{{JsonSerializer.Serialize(folder.Path)}}}
            {"id":"nobody","audio":{{good}},"adapter":"nobody"}
            {"id":"language","audio":{{good}},"language":"xx"}
            {"id":"field","audio":{{good}},"beams":5}
            {"id":"range","audio":{{good}},"temperature":-1,"max_new_tokens":100000}
            {"id":"good","audio":{{good}},"temperature":0}
            """;
        FloraRun run = await FloraRun.WithInputAsync(input, [.. Whisper, "--requests", "-"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(8, run.Lines.Count);
        Assert.Contains("7 of 8 requests failed", run.Error, StringComparison.Ordinal);
        Assert.StartsWith("FileNotFoundException: ", run.ErrorOf("missing"), StringComparison.Ordinal);
        Assert.StartsWith("AudioFormatException: ", run.ErrorOf("text"), StringComparison.Ordinal);
        Assert.Contains("text.wav': expected a recording", run.ErrorOf("text"), StringComparison.Ordinal);
        Assert.StartsWith("UnauthorizedAccessException: ", run.ErrorOf("folder"), StringComparison.Ordinal);
        Assert.StartsWith("AdapterNotFoundException: Adapter 'nobody' is not registered. Known adapters: ar-flora-r4", run.ErrorOf("nobody"), StringComparison.Ordinal);
        Assert.Contains("language 'xx'", run.ErrorOf("language"), StringComparison.Ordinal);
        Assert.Contains("unknown field 'beams'", run.ErrorOf("field"), StringComparison.Ordinal);
        Assert.All((string[])["temperature must be", "max_new_tokens must be"], part => Assert.Contains(part, run.ErrorOf("range"), StringComparison.Ordinal));
        Assert.Equal("the ticket costs sixty eight dollars", run.Line("good").GetProperty("text").GetString()!.Trim());
    }

    private static string Requests(JsonElement[] files) => string.Join('\n', files.Select((file, id) => JsonSerializer.Serialize(new
    {
        id,
        adapter = file.GetProperty("adapter").GetString(),
        audio = Audio(file.GetProperty("audio").GetString()!),
        prompt_tokens = file.GetProperty("prompt_tokens").EnumerateArray().Select(token => token.GetInt32()),
        timestamps = false,
        temperature = 0,
    })));

    private static int[] Tokens(JsonElement line) => [.. line.GetProperty("tokens").EnumerateArray().Select(x => x.GetInt32())];
}
