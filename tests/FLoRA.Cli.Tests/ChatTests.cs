namespace FLoRA.Cli.Tests;

public sealed class ChatTests
{
    private static readonly string[] Chat = ["chat", "--model", FloraRun.Coder, "--adapters", FloraRun.CoderAdapters, "--max-new-tokens", "4"];

    [Fact]
    public async Task SwitchesListsAndEnds()
    {
        FloraRun run = await FloraRun.WithInputAsync("hello\n/adapter lua-ia3\n/adapters\nagain\n/adapter nobody\n/adapter\n/reset\n/dance\n\n/exit\nnever read\n", Chat);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(
            (string[])["base> ", "lua-ia3> ", "* lua-ia3  (IA3, rank 1) [lua] Writes small Lua functions", " (resident, ", "registered 18; in host memory 18 (", "[base: ", "[lua-ia3: ", "Adapter 'nobody' is not registered", "unknown command /dance"],
            part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("* lua-flora", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndsWithItsInput() => Assert.Equal(0, (await FloraRun.WithInputAsync("/adapter rs-flora-r1", [.. Chat, "--adapter-id", "lua-ia3"])).ExitCode);

    [Fact]
    public async Task TalksToAnAdapterOfTheRoot()
    {
        FloraRun run = await FloraRun.WithInputAsync("/adapters\nhello\n/adapters\n/adapter ../model\n/exit\n", "chat", "--model", FloraRun.Coder, "--adapter-root", FloraRun.CoderAdapters, "--adapter-id", "lua-ia3", "--max-new-tokens", "4");
        Assert.Equal(0, run.ExitCode);
        Assert.All(
            (string[])["registered 0; ", "* lua-ia3  (IA3, rank 1) [lua]", "registered 1; in host memory 1 (", "; resident 1 (", "Adapter '../model' is not registered"],
            part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnUnknownFirstAdapterIsRefused() => (await FloraRun.OfAsync([.. Chat, "--adapter-id", "nobody"])).AssertRefused("Adapter 'nobody' is not registered");
}
