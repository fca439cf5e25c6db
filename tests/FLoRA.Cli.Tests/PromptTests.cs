namespace FLoRA.Cli.Tests;

public sealed class PromptTests
{
    private static readonly string[] Prompt = ["generate", "--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--max-new-tokens", "8", "--prompt", "@function add(a, b)"];

    [Fact]
    public async Task TextGoesToStdoutAndUsageToStderr()
    {
        FloraRun text = await FloraRun.OfAsync([.. Prompt, "--adapter-id", "lua-flora-r4"]);
        FloraRun json = await FloraRun.OfAsync([.. Prompt, "--adapter-id", "lua-flora-r4", "--json", "--warmup"]);
        Assert.Equal((0, 0), (text.ExitCode, json.ExitCode));
        Assert.Contains("[lua-flora-r4: ", text.Error, StringComparison.Ordinal);
        Assert.Contains(" completion tokens, ", text.Error, StringComparison.Ordinal);
        Assert.Equal(text.Output.TrimEnd('\n'), Assert.Single(json.Lines).GetProperty("text").GetString()!.TrimEnd('\n'));
    }

    [Theory]
    [InlineData("--adapter-id", "nobody", "Adapter 'nobody' is not registered")]
    [InlineData("--temperature", "-1", "temperature must be")]
    public async Task ABadRequestIsExitCode1(string option, string value, string message)
    {
        FloraRun run = await FloraRun.OfAsync([.. Prompt, option, value]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}
