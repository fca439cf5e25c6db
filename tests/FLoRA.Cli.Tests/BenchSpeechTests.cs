using System.Text.Json;

namespace FLoRA.Cli.Tests;

/// <summary>flora bench speech on the small model: fields and counts. Nothing here is a measurement.</summary>
public sealed class BenchSpeechTests
{
    [Theory]
    [InlineData("float32", 2, 30, 0, "flora", 1)]
    [InlineData("int8", 3, 45, 2, "flora", 3)]
    [InlineData("float32", 2, 1, 2, "lora-gathered", 2)]
    public async Task Speech_counts_windows_tokens_and_products_from_the_configuration(string type, int recordings, int seconds, int adapters, string kind, int rank)
    {
        const int Tokens = 4;
        FloraRun run = await FloraRun.OfAsync(
            "bench", "speech", "--model", FloraRun.Whisper, "--random-weights", "--dtype", type, "--recordings", $"{recordings}", "--seconds", $"{seconds}", "--tokens", $"{Tokens}", "--adapters", $"{adapters}", "--kind", kind, "--rank", $"{rank}", "--rounds", "1", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();

        JsonElement config = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(FloraRun.Whisper, "config.json"), TestContext.Current.CancellationToken));
        long Size(string name) => config.GetProperty(name).GetInt64();
        long d = Size("d_model"), f = Size("encoder_ffn_dim"), p = Size("max_source_positions"), layers = Size("encoder_layers"), decoders = Size("decoder_layers"), inner = Size("decoder_ffn_dim"), vocabulary = Size("vocab_size");
        long windows = recordings * (long)Math.Ceiling(seconds * 100.0 / (2 * p));
        Assert.Equal((windows, windows * Tokens), (line.GetProperty("windows").GetInt64(), line.GetProperty("output_tokens").GetInt64()));

        long Products(string name) => line.GetProperty("multiply_adds").GetProperty(name).GetInt64();
        bool isLora = adapters > 0 && kind == "lora-gathered";
        int rows = adapters > 0 && !isLora ? rank : 1;
        long Window(long @in, long @out) => (p * @in * @out) + (isLora ? Math.Min(rank * @in * @out, p * rank * (@in + @out)) : rows > 1 ? Math.Min(rank * @in * @out, (rows - 1) * p * @in * @out) : 0);
        Assert.Equal(windows * layers * ((4 * Window(d, d)) + Window(d, f) + Window(f, d)), Products("encoder_layers"));
        Assert.Equal(windows * layers * 2 * p * p * d, Products("encoder_attention"));
        Assert.Equal(windows * 3 * ((2 * p * Size("num_mel_bins") * d) + (p * d * d)), Products("convolutions"));
        Assert.Equal(windows * decoders * 2 * Window(d, d), Products("cross_keys_values"));

        // Four prompt tokens and all generated ones but the last; the head after each but the first three.
        (long In, long Out)[] layer = [(d, d), (d, d), (d, d), (d, d), (d, d), (d, d), (d, inner), (inner, d)];
        long perToken = decoders * layer.Sum(m => (rows * m.In * m.Out) + (isLora ? rank * (m.In + m.Out) : 0));
        Assert.Equal(windows * (((4 + Tokens - 1) * perToken) + (Tokens * vocabulary * d)), Products("decoder"));
        Assert.All((string[])["audio_s_per_s", "encode_s", "decode_tokens_per_s", "limit_s", "fraction_of_limit", "wall_s", "peak_memory_mb"], name => Assert.True(line.GetProperty(name).GetDouble() > 0, name));
        Assert.True(line.GetProperty("encode_s").GetDouble() < line.GetProperty("wall_s").GetDouble());
    }

    [Fact]
    public async Task What_cannot_be_measured_is_refused()
    {
        (await FloraRun.OfAsync("bench", "speech", "--model", FloraRun.Coder)).AssertRefused("a model of text");
        (await FloraRun.OfAsync("bench", "speech", "--model", FloraRun.Whisper, "--seconds", "0")).AssertRefused("--seconds", "above 0");
        (await FloraRun.OfAsync("bench", "speech")).AssertRefused("--model DIR or --config FILE");
        (await FloraRun.OfAsync("bench", "decode", "--model", FloraRun.Whisper)).AssertRefused("flora bench speech");
    }
}
