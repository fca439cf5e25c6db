using System.Text.Json;

namespace FLoRA.Cli.Tests;

public sealed class InfoTests
{
    [Fact]
    public async Task TellsTheMachineWithoutAModel()
    {
        JsonElement info = (await FloraRun.OfAsync("info", "--json", "--device", "cpu", "--threads", "1")).Lines.Single();
        Assert.Equal("0.107.0", info.GetProperty("versions").GetProperty("torchsharp").GetString());
        Assert.Equal("cpu", info.GetProperty("device").GetString());
        Assert.Equal("float32", info.GetProperty("dtype").GetString());
        Assert.Equal(JsonValueKind.Array, info.GetProperty("simd").ValueKind);
        Assert.Equal(1, info.GetProperty("threads").GetInt32());
        Assert.Equal(256, info.GetProperty("budgets").GetProperty("max_rows").GetInt32());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("budgets").GetProperty("kv_tokens").ValueKind);
    }

    [Fact]
    public async Task TellsAnEngine()
    {
        string[] args = ["info", "--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--kv-tokens", "160", "--dtype", "bfloat16"];
        JsonElement info = (await FloraRun.OfAsync([.. args, "--json"])).Lines.Single();
        Assert.Equal("bfloat16", info.GetProperty("dtype").GetString());
        Assert.Equal(160, info.GetProperty("budgets").GetProperty("kv_tokens").GetInt32());
        Assert.Equal(1536, info.GetProperty("model").GetProperty("vocabulary").GetInt32());
        Assert.Equal("python", info.GetProperty("model").GetProperty("languages")[0].GetString());
        Assert.Equal(Directory.GetDirectories(FloraRun.CoderAdapters).Length, info.GetProperty("adapters").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("model").GetProperty("audio").ValueKind);
        Assert.Contains("model      tinycoder (gpt_bigcode)", (await FloraRun.OfAsync(args)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TellsTheThreeNumbersOfTheAdapters()
    {
        string[] args = ["info", "--model", FloraRun.Coder, "--adapter-root", FloraRun.CoderAdapters, "--preload", "lua-ia3", "--preload", "rs-flora-r4", "--pin", "lua-ia3", "--adapter-bytes", "1M", "--adapter-host-bytes", "2000000"];
        JsonElement info = (await FloraRun.OfAsync([.. args, "--json"])).Lines.Single(), store = info.GetProperty("adapter_store");
        Assert.Equal((2, 2, 2), (store.GetProperty("registered").GetInt32(), store.GetProperty("host_cached").GetInt32(), store.GetProperty("resident").GetInt32()));
        Assert.Equal((2_000_000, 1 << 20), (store.GetProperty("host_byte_budget").GetInt64(), store.GetProperty("resident_byte_budget").GetInt64()));
        JsonElement pinned = info.GetProperty("adapters")[0];
        Assert.Equal(("lua-ia3", "resident", true, 0), (pinned.GetProperty("name").GetString(), pinned.GetProperty("state").GetString(), pinned.GetProperty("pinned").GetBoolean(), pinned.GetProperty("references").GetInt32()));
        Assert.Contains("adapters   registered 2; in host memory 2 (", (await FloraRun.OfAsync(args)).Output, StringComparison.Ordinal);
        (await FloraRun.OfAsync([.. args[..^4], "--adapter-bytes", "1X"])).AssertRefused("--adapter-bytes: expected a number of bytes such as 1500000, 512M or 2G, got '1X'");
        (await FloraRun.OfAsync([.. args, "--preload", "../model"])).AssertRefused("Adapter '../model' is not registered", "no sub-folder of exactly that name");
        (await FloraRun.OfAsync([.. args[..^4], "--adapter-bytes", "100"])).AssertRefused("raise --adapter-bytes (AdapterBytes)");
    }

    [Fact]
    public async Task TellsASpeechModel()
    {
        string[] args = ["info", "--model", FloraRun.Whisper];
        JsonElement audio = (await FloraRun.OfAsync([.. args, "--json"])).Lines.Single().GetProperty("model").GetProperty("audio");
        Assert.Equal((80, 3), (audio.GetProperty("mel_bins").GetInt32(), audio.GetProperty("window_seconds").GetDouble()));
        Assert.Contains(", speech in windows of 3 s (80 mel bins)", (await FloraRun.OfAsync(args)).Output, StringComparison.Ordinal);
    }
}
