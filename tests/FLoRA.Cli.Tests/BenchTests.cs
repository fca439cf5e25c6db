using System.Text.Json;

namespace FLoRA.Cli.Tests;

/// <summary>flora bench on the small model: fields and counts, which do not depend on the machine. Nothing here is a measurement.</summary>
public sealed class BenchTests
{
    [Fact]
    public async Task The_roofline_has_its_fields()
    {
        FloraRun run = await FloraRun.OfAsync("bench", "roofline", "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement line = run.Lines.Single();
        Assert.All((string[])["read_gb_per_s", "int8_gops", "float32_gflops", "threads"], name => Assert.True(line.GetProperty(name).GetDouble() > 0, name));
        Assert.True(line.GetProperty("int_mm_gops").GetDouble() >= 0);
        Assert.NotEmpty(line.GetProperty("simd").GetString()!);
        JsonElement machine = line.GetProperty("machine");
        Assert.All((string[])["cpu", "simd", "os", "dotnet", "libtorch", "date"], name => Assert.NotEmpty(machine.GetProperty(name).GetString()!));
        Assert.Equal((line.GetProperty("read_gb_per_s").GetDouble(), line.GetProperty("threads").GetInt32()), (machine.GetProperty("read_gb_per_s").GetDouble(), machine.GetProperty("threads").GetInt32()));
        Assert.Equal("roofline", line.GetProperty("command").GetString());
    }

    [Theory]
    [InlineData("int8", 1, 0, "flora", 1)]
    [InlineData("float32", 3, 2, "flora", 4)]
    [InlineData("int8", 3, 2, "ia3", 1)]
    [InlineData("int8", 2, 2, "lora-gathered", 3)]
    [InlineData("int8", 2, 2, "lora-bmm", 3)]
    [InlineData("float32", 3, 2, "lora-naive", 2)]
    public async Task Decoding_counts_rows_bytes_and_products_from_the_configuration(string type, int sequences, int adapters, string kind, int rank)
    {
        FloraRun run = await FloraRun.OfAsync(
            "bench", "decode", "--model", FloraRun.Coder, "--dtype", type, "--sequences", $"{sequences}", "--adapters", $"{adapters}", "--kind", kind, "--rank", $"{rank}", "--context", "10", "--steps", "4", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();

        // GPTBigCode: 4 layers of c_attn, c_proj, c_fc, c_proj; width 192, one key/value head of 32, 768 within, vocabulary 1536.
        (long In, long Out)[] layer = [(192, 256), (192, 192), (192, 768), (768, 192)];
        const long Head = 1536 * 192;
        int rowsPerToken = adapters > 0 && kind == "flora" ? rank : 1;
        long weights = (4 * layer.Sum(m => m.In * m.Out)) + Head, perAdapter = adapters == 0 ? 0 : rank * 4 * layer.Sum(m => m.In + m.Out);
        bool isLora = kind.StartsWith("lora-", StringComparison.Ordinal);
        long added = isLora ? sequences * perAdapter : 0;
        Assert.Equal(sequences * rowsPerToken, line.GetProperty("rows_per_step").GetInt32());
        Assert.Equal((sequences * ((rowsPerToken * (weights - Head)) + Head)) + added, line.GetProperty("multiply_adds_per_step").GetInt64());
        long scales = type == "int8" ? 4 * ((4 * layer.Sum(m => m.Out)) + 1536) : 0, cache = sequences * 12 * 4L * 2 * 32 * sizeof(float);
        long adapterBytes = type == "float32" || kind == "lora-bmm" ? 4 * perAdapter : isLora ? perAdapter + (4 * layer.Length * rank * 4) : 2 * perAdapter;
        Assert.Equal((weights * (type == "int8" ? 1 : 4)) + scales + cache + (Math.Min(sequences, adapters) * adapterBytes), line.GetProperty("bytes_per_step").GetInt64());
        Assert.Equal($"decode --sequences {sequences} --context 10 --steps 4 --model {FloraRun.Coder} --dtype {type} --adapters {adapters} --kind {kind} --rank {rank}", line.GetProperty("command").GetString());
        Assert.True(line.GetProperty("step_ms").GetProperty("p50").GetDouble() > 0 && line.GetProperty("limit_ms").GetDouble() > 0 && line.GetProperty("fraction_of_limit").GetDouble() > 0);
    }

    [Fact]
    public async Task Serving_answers_every_request_with_all_of_its_tokens()
    {
        FloraRun run = await FloraRun.OfAsync(
            "bench", "serving", "--model", FloraRun.Coder, "--random-weights", "--dtype", "int8", "--requests", "6", "--rate", "1000", "--prompt-tokens", "9", "--output-tokens", "5", "--adapters", "3", "--ranks", "1,2", "--popularity", "zipf", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(run.Lines.Single().GetProperty("machine").GetProperty("read_gb_per_s").GetDouble() > 0);
        JsonElement[] runs = [.. run.Lines.Single().GetProperty("runs").EnumerateArray()];
        Assert.Equal([1, 2], runs.Select(r => r.GetProperty("rank").GetInt32()));
        foreach (JsonElement one in runs)
        {
            Assert.Equal((6, 30), (one.GetProperty("requests").GetInt32(), one.GetProperty("output_tokens").GetInt32()));
            foreach (string name in (string[])["time_to_first_token_ms", "time_per_output_token_ms", "queue_ms"])
                Assert.True(one.GetProperty(name).GetProperty("p50").GetDouble() <= one.GetProperty(name).GetProperty("p99").GetDouble());
        }
    }

    [Theory, InlineData("float32", "flora", 2), InlineData("int8", "lora-gathered", 4)]
    public async Task Cold_adapters_are_told_from_warm_ones(string dtype, string kind, int rank)
    {
        FloraRun run = await FloraRun.OfAsync("bench", "cold", "--model", FloraRun.Coder, "--dtype", dtype, "--adapters", "5", "--kind", kind, "--rank", $"{rank}", "--rounds", "7", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();
        Assert.Equal(2, line.GetProperty("resident_adapters").GetInt32());
        Assert.All((string[])["install_ms", "adapter_bytes"], name => Assert.True(line.GetProperty(name).GetDouble() > 0));
        Assert.All((string[])["cold_ms", "warm_ms"], name => Assert.True(line.GetProperty(name).GetProperty("p50").GetDouble() > 0));
        (await FloraRun.OfAsync("bench", "cold", "--model", FloraRun.Coder, "--adapters", "1")).AssertRefused("--adapters: expected at least 2");
    }

    [Fact]
    public async Task Prompts_and_comparisons_give_their_fields()
    {
        FloraRun prefill = await FloraRun.OfAsync("bench", "prefill", "--model", FloraRun.Coder, "--tokens", "30", "--rounds", "2", "--json");
        Assert.True(prefill.ExitCode == 0, prefill.Error);
        Assert.All((string[])["tokens_per_s", "limit_ms", "fraction_of_limit", "peak_memory_mb"], name => Assert.True(prefill.Lines.Single().GetProperty(name).GetDouble() > 0));

        FloraRun ranked = await FloraRun.OfAsync("bench", "prefill", "--model", FloraRun.Coder, "--tokens", "30", "--rounds", "1", "--adapters", "1", "--rank", "4", "--json");
        const long Head = 1536 * 192;
        long products = prefill.Lines.Single().GetProperty("multiply_adds").GetInt64() - Head;
        Assert.Equal((products / 30 * (30 + 4)) + Head, ranked.Lines.Single().GetProperty("multiply_adds").GetInt64()); // its weights formed: one more row per rank

        string decode = $"decode --model \"{FloraRun.Coder}\" --context 4";
        FloraRun compare = await FloraRun.OfAsync("bench", "compare", decode, $"{decode} --dtype int8", "--json");
        Assert.True(compare.ExitCode == 0, compare.Error);
        JsonElement line = compare.Lines.Single();
        Assert.Equal($"compare '{decode}' '{decode} --dtype int8'", line.GetProperty("command").GetString());
        Assert.True(line.GetProperty("ratio_low").GetDouble() <= line.GetProperty("ratio").GetDouble() && line.GetProperty("ratio").GetDouble() <= line.GetProperty("ratio_high").GetDouble());
    }

    [Fact]
    public async Task Whole_runs_are_compared_too_and_lists_of_runs_are_not()
    {
        string serving = $"serving --model \"{FloraRun.Coder}\" --requests 2 --prompt-tokens 4 --output-tokens 2", speech = $"speech --model \"{FloraRun.Whisper}\" --recordings 1 --seconds 1 --tokens 2";
        FloraRun compare = await FloraRun.OfAsync("bench", "compare", serving, speech, "--json");
        Assert.True(compare.ExitCode == 0, compare.Error);
        Assert.All((string[])["ratio", "tokens_per_s_a", "tokens_per_s_b"], name => Assert.True(compare.Lines.Single().GetProperty(name).GetDouble() > 0));

        (await FloraRun.OfAsync("bench", "compare", serving, $"{serving} --rate all,9")).AssertRefused("got 2 runs");
        (await FloraRun.OfAsync("bench", "compare", serving, "roofline")).AssertRefused("decode, prefill, serving or speech");
        (await FloraRun.OfAsync("bench", "compare", serving, "decode --stepz 4")).AssertRefused("--stepz");
    }
}
