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

    [Fact]
    public async Task No_tokenizer_at_all()
    {
        FloraRun run = await FloraRun.WithInputAsync(Requests, "generate", "--model", Path.Combine(FloraRun.TestData, "qwen2", "model"), "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The model has no tokenizer", run.ErrorOf("fim"), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
