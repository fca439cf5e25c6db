using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

/// <summary>flora bench serving: what is run, in which order, and how it is told. Nothing here is a measurement.</summary>
public sealed class BenchServingTests
{
    private static readonly string[] Tiny = ["bench", "serving", "--model", Path.Combine(FloraRun.TestData, "llama-mha", "model"), "--random-weights", "--prompt-tokens", "5", "--output-tokens", "3", "--threads", "1"];

    private static readonly string[] Small = [.. Tiny, "--requests", "3"];

    [Fact]
    public async Task One_run_is_one_object()
    {
        FloraRun run = await FloraRun.OfAsync([.. Small, "--adapters", "2", "--kind", "ia3", "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Empty(run.Error);
        Assert.Equal(
            ["tokens_per_s", "requests", "cached_prompt_tokens", "output_tokens", "wall_s", "time_to_first_token_ms", "time_per_output_token_ms", "queue_ms", "mean_rows", "mean_sequences", "peak_memory_mb", "command", "machine"],
            run.Lines.Single().EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData(2 * 32, new string[0])] // the first one computes it
    [InlineData(3 * 32, new[] { "--known-prefix" })]
    [InlineData(0, new[] { "--known-prefix", "--no-prefix-cache" })]
    public async Task A_common_beginning_is_found(int cached, string[] options)
    {
        FloraRun run = await FloraRun.OfAsync([.. Small, "--max-rows", "37", "--shared-prefix-tokens", "32", .. options, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(cached, run.Lines.Single().GetProperty("cached_prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Every_kind_and_rank_is_run_at_every_rate_and_kinds_without_a_rank_once()
    {
        FloraRun run = await FloraRun.OfAsync([.. Small, "--adapters", "2", "--kind", "none,flora,lora-gathered", "--ranks", "1,2", "--rate", "all,500", "--rounds", "3", "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();
        JsonElement[] runs = [.. line.GetProperty("runs").EnumerateArray()];
        (string, int?)[] loads = [("none", null), ("flora", 1), ("flora", 2), ("lora-gathered", 1), ("lora-gathered", 2)];
        Assert.Equal(
            [.. loads.Select(l => (l.Item1, l.Item2, (double?)null)), .. loads.Select(l => (l.Item1, l.Item2, (double?)500))],
            runs.Select(r => (r.GetProperty("kind").GetString()!, Number(r, "rank") is { } rank ? (int?)rank : null, Number(r, "rate"))));
        Assert.All(runs, r => Assert.Equal((3, 9), (r.GetProperty("requests").GetInt32(), r.GetProperty("output_tokens").GetInt32())));
        Assert.Equal("lora-gathered", line.GetProperty("crossovers")[0].GetProperty("lora").GetString());
        Assert.All(line.GetProperty("cost_rules").EnumerateArray(), rule => Assert.True(rule.GetProperty("c2_ns").GetDouble() > 0));
        Assert.Equal(30, run.Error.Split('\n').Count(l => l.StartsWith("flora: ", StringComparison.Ordinal))); // a line per single run
    }

    [Fact]
    public async Task A_figure_comes_with_its_page_and_its_pictures()
    {
        using var folder = new TemporaryFolder();
        string page = Path.Combine(folder.Path, "pages", "serving.md"), plots = Path.Combine(folder.Path, "pages", "plots");
        FloraRun run = await FloraRun.OfAsync([.. Small, "--adapters", "2", "--kind", "none,flora", "--ranks", "1,4", "--rate", "all,300,900", "--markdown", page, "--plots", plots]);
        Assert.True(run.ExitCode == 0, run.Error);
        string text = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.StartsWith("# Serving: llama-mha, float32", text, StringComparison.Ordinal);
        Assert.All((string[])["- machine: ", "3 requests of 5 + 3 tokens, 2 adapters of a kind, distinct", "![throughput](plots/throughput.png)", "![latency](plots/latency.png)", "## All at once", "## 300 requests/s", "## 900 requests/s"], part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.Equal(3, text.Split('\n').Count(l => l.StartsWith("| 2 x flora, rank 4 ", StringComparison.Ordinal)));
        Assert.Contains("| 2 x flora, rank 1 ", run.Output, StringComparison.Ordinal);

        (int oneWidth, int oneHeight) = PngSize(Path.Combine(plots, "throughput.png"));
        (int twoWidth, int twoHeight) = PngSize(Path.Combine(plots, "latency.png")); // a panel per rate
        Assert.True(oneWidth > 500 && oneHeight > 400 && twoWidth > 1.8 * oneWidth && twoHeight > 400, $"{oneWidth} x {oneHeight}, {twoWidth} x {twoHeight}");
    }

    [Fact]
    public async Task Numbers_of_requests_and_adapters_make_a_table()
    {
        string[] table = [.. Tiny, "--requests", "1,4", "--adapters", "0,1,2", "--kind", "flora,ia3"];
        FloraRun json = await FloraRun.OfAsync([.. table, "--json"]);
        Assert.True(json.ExitCode == 0, json.Error);
        (int, string, int)[] loads = [(0, "none", 0), (1, "flora", 1), (1, "ia3", 1), (2, "flora", 2), (2, "ia3", 2)];
        Assert.Equal(
            [.. loads.Select(l => (1, l.Item2, l.Item3)), .. loads.Select(l => (4, l.Item2, l.Item3))],
            json.Lines.Single().GetProperty("runs").EnumerateArray().Select(r => (r.GetProperty("requests").GetInt32(), r.GetProperty("kind").GetString()!, r.GetProperty("adapters").GetInt32())));
        Assert.Empty(json.Lines.Single().GetProperty("crossovers").EnumerateArray());

        FloraRun text = await FloraRun.OfAsync(table);
        Assert.True(text.ExitCode == 0, text.Error);
        Assert.Matches(@"\n\| all at once +\| 1 request \| 4 requests \|\n", text.Output);
        Assert.Matches(@"\n\| no adapter +\| +[\d.]+ \| +[\d.]+ \|\n", text.Output);
        Assert.Matches(@"\n\| 2 x ia3 +\| +[\d.]+ \| +[\d.]+ \|\n", text.Output);
        (await FloraRun.OfAsync([.. table, "--plots", "nowhere"])).AssertRefused("--plots", "several");
    }

    [Theory]
    [InlineData("--requests", "8,0")]
    [InlineData("--adapters", "8,-1")]
    [InlineData("--ranks", "1,x")]
    [InlineData("--ranks", "2,2")]
    [InlineData("--ranks", "0")]
    [InlineData("--rate", "8,-1")]
    [InlineData("--rate", "soon")]
    [InlineData("--kind", "flora,lora")]
    [InlineData("--popularity", "best")]
    [InlineData("--scale", "2")]
    [InlineData("--shared-prefix-tokens", "-1")]
    [InlineData("--lengths", "zipf")]
    public async Task What_is_not_understood_is_refused(string option, string value) =>
        (await FloraRun.OfAsync([.. Tiny, option, value])).AssertRefused(option);

    [Fact]
    public async Task A_speech_model_is_refused_by_name()
    {
        (await FloraRun.OfAsync("bench", "serving", "--model", FloraRun.Whisper)).AssertRefused("a speech model");
        (await FloraRun.OfAsync("bench", "serving", "--model", Path.Combine(FloraRun.TestData, "llama-mha", "model"), "--plots", FloraRun.Whisper + "/config.json")).AssertRefused("--plots");
    }

    private static double? Number(JsonElement element, string name) => element.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static (int Width, int Height) PngSize(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        Assert.Equal((byte[])[0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
        return (System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)), System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(20)));
    }
}
