using System.Text.Json;

namespace FLoRA.Cli.Tests;

public sealed class FeaturesTests
{
    private static string Sweep { get; } = Path.Combine(FloraRun.TestData, "audio", "sweep.wav");

    [Theory]
    [InlineData("sweep.80", "80", 3000, new string[0])]
    [InlineData("sweep.128", "128", 3000, new string[0])]
    [InlineData("sweep.128.3s", "128", 300, new[] { "--window", "3" })]
    public async Task TheValuesAreTheReferences(string tensor, string mels, int frames, string[] window)
    {
        FloraRun run = await FloraRun.OfAsync(["features", "--audio", Sweep, "--mels", mels, .. window, "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement line = Assert.Single(run.Lines);
        Assert.Equal([int.Parse(mels), frames], line.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        float[] values = [.. line.GetProperty("values").EnumerateArray().Select(value => value.GetSingle())];
        JsonElement golden = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(FloraRun.TestData, "audio", "logmel.json"), TestContext.Current.CancellationToken))
            .GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("tensor").GetString() == tensor);
        Assert.All(golden.GetProperty("samples").EnumerateArray(), s => Assert.InRange(values[s[0].GetInt32() * frames + s[1].GetInt32()] - s[2].GetDouble(), -2e-4, 2e-4));
    }

    [Fact]
    public async Task WithoutJsonAPersonReadsTheSummary()
    {
        FloraRun run = await FloraRun.OfAsync("features", "--audio", Sweep);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("WAV, 16-bit PCM, 16000 Hz, mono: 2.000 s\n  shape    [80, 3000]\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATruncatedFileIsReadWithAWarning()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(Sweep, TestContext.Current.CancellationToken))[..32044], TestContext.Current.CancellationToken);
            FloraRun run = await FloraRun.OfAsync("features", "--audio", path, "--window", "1", "--json");
            Assert.Equal((0, "flora: warning: WAV: the header claims 64000 bytes of samples, the file has 32000: it is truncated\n"), (run.ExitCode, run.Error));
            Assert.Single(run.Lines);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task WrongUseIsRefused()
    {
        (await FloraRun.OfAsync("features", "--audio", Sweep, "--mels", "81", "--json")).AssertRefused("--mels", "80 or 128", "'81'");
        (await FloraRun.OfAsync("features", "--audio", Sweep, "--window", "0")).AssertRefused("--window", "steps of 0.01");
        (await FloraRun.OfAsync("features", "--audio", Sweep, "--window", "1.005")).AssertRefused("--window", "1.005");
        (await FloraRun.OfAsync("features", "--audio", Sweep, "--window", "NaN")).AssertRefused("--window", "NaN");
        (await FloraRun.OfAsync("features", "--audio", Sweep + ".gone")).AssertRefused("sweep.wav.gone");
        (await FloraRun.OfAsync("features", "--audio", Path.GetTempPath())).AssertRefused("flora:");
        (await FloraRun.OfAsync("features", "--json")).AssertRefused("--audio");
    }

    [Fact]
    public async Task WhatIsNoRecordingIsRefused() =>
        (await FloraRun.OfAsync("features", "--audio", Path.Combine(FloraRun.TestData, "README.md"))).AssertRefused("flora: ", "WAV");
}
