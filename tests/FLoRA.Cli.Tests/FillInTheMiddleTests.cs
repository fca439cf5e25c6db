using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

/// <summary>A suffix for models that cannot fill in the middle: the request fails alone and says what is missing.</summary>
public sealed class FillInTheMiddleTests : IDisposable
{
    private const string Requests = """
        {"id":"fim","prompt":"def f(","suffix":"return x","max_new_tokens":4}
        {"id":"plain","prompt":"def f(","max_new_tokens":4}
        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(new[] { "fim_prefix", "fim_suffix", "fim_middle" }, "no <fim_prefix>, no <fim_suffix>, no <fim_middle>; ")]
    [InlineData(new[] { "fim_middle" }, "no <fim_middle>; ")]
    public async Task A_tokenizer_without_the_tokens(string[] renamed, string missing)
    {
        foreach (string file in Directory.EnumerateFiles(FloraRun.Coder))
            File.Copy(file, _folder.File(Path.GetFileName(file)));
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json"])
        {
            string text = await File.ReadAllTextAsync(_folder.File(name), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(_folder.File(name), renamed.Aggregate(text, (t, token) => t.Replace($"<{token}>", $"<no_{token}>", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        }

        FloraRun run = await FloraRun.WithInputAsync(Requests, "generate", "--model", _folder.Path, "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"InvalidRequestException: suffix (Suffix): the model cannot fill in the middle, its tokenizer has {missing}", run.ErrorOf("fim"), StringComparison.Ordinal);
        Assert.Equal(4, run.Line("plain").GetProperty("tokens").GetArrayLength());

        FloraRun prompt = await FloraRun.OfAsync("generate", "--model", _folder.Path, "--prompt", "def f(", "--suffix", "return x");
        Assert.Equal((1, ""), (prompt.ExitCode, prompt.Output));
        Assert.Contains(missing, prompt.Error, StringComparison.Ordinal);
    }

    /// <summary>Tinycoder was taught the form starcoder; its own tokens in another order are another prompt.</summary>
    [Fact]
    public async Task A_form_can_be_named_or_written()
    {
        const string Input = """
            {"id":"found","prompt":"def f(","suffix":"return x","max_new_tokens":4}
            {"id":"named","prompt":"def f(","suffix":"return x","infill_form":"starcoder","max_new_tokens":4}
            {"id":"written","prompt":"def f(","suffix":"return x","infill_form":"<fim_suffix>{suffix}<fim_prefix>{prefix}","max_new_tokens":4}
            {"id":"spelt","prompt":"def f(<fim_suffix>return x<fim_middle>","max_new_tokens":4}
            {"id":"other","prompt":"def f(","suffix":"return x","infill_form":"qwen","max_new_tokens":4}
            {"id":"unknown","prompt":"def f(","suffix":"return x","infill_form":"gpt","max_new_tokens":4}
            {"id":"alone","prompt":"def f(","infill_form":"qwen","max_new_tokens":4}
            """;
        FloraRun run = await FloraRun.WithInputAsync(Input.Replace("\"prompt\":\"def f(<", "\"prompt\":\"<fim_prefix>def f(<", StringComparison.Ordinal), "generate", "--model", FloraRun.Coder, "--requests", "-");
        string Tokens(string id) => run.Line(id).GetProperty("tokens").ToString();
        Assert.Equal(Tokens("spelt"), Tokens("found"));
        Assert.Equal(Tokens("found"), Tokens("named"));
        Assert.Equal(run.Line("found").GetProperty("usage").GetProperty("prompt_tokens").GetInt32() - 1, run.Line("written").GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Contains("no <|fim_prefix|>", run.ErrorOf("other"), StringComparison.Ordinal);
        Assert.StartsWith("InvalidRequestException: infill_form: expected starcoder, qwen", run.ErrorOf("unknown"), StringComparison.Ordinal);
        Assert.Contains("infill_form: goes with suffix only", run.ErrorOf("alone"), StringComparison.Ordinal);

        string[] prompt = ["generate", "--model", FloraRun.Coder, "--prompt", "def f(", "--suffix", "return x", "--max-new-tokens", "4", "--json", "--infill-form"];
        FloraRun one = await FloraRun.OfAsync([.. prompt, "starcoder"]);
        Assert.Equal(Tokens("found"), Assert.Single(one.Lines).GetProperty("tokens").ToString());
        (await FloraRun.OfAsync([.. prompt, "gpt"])).AssertRefused("--infill-form: expected starcoder");
    }

    [Fact]
    public async Task No_tokenizer_at_all()
    {
        FloraRun run = await FloraRun.WithInputAsync(Requests, "generate", "--model", Path.Combine(FloraRun.TestData, "qwen2", "model"), "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The model has no tokenizer", run.ErrorOf("fim"), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
