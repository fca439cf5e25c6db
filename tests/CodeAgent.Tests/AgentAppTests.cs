using System.Text.Json;
using CodeAgent.Sandbox;
using Spectre.Console;

namespace CodeAgent.Tests;

/// <summary>The whole program, with the engine and the embedded model.</summary>
public sealed class AgentAppTests : IDisposable
{
    private readonly StringWriter _output = new(), _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Languages_are_answered_together_run_and_reported()
    {
        using var folder = new SandboxFolder();
        string file = Path.Combine(folder.Path, "results.json");
        int code = await RunAsync(new AgentOptions { Languages = "pl,lua,sh", Tasks = 3, Tries = 2, Seed = 1, Json = file });

        code.ShouldBe(0, _error.ToString());
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        JsonElement[] rows = [.. json.RootElement.EnumerateArray()];
        rows.Select(r => r.GetProperty("adapter").GetString()).ShouldBe(["pl-flora-r4", "lua-flora-r4", "sh-flora-r4"]);
        rows.ShouldAllBe(r => r.GetProperty("ran").GetInt32() == 3 && r.GetProperty("total").GetInt32() == 3 && r.GetProperty("tokens").GetInt64() > 20);
        // Greedy answers to these problems are known to be right.
        rows[0].GetProperty("passed").GetInt32().ShouldBe(3, _output.ToString());
        rows[1].GetProperty("passed").GetInt32().ShouldBe(3, _output.ToString());
    }

    [Fact]
    public async Task Without_adapters_the_same_problems_fail()
    {
        (await RunAsync(new AgentOptions { Languages = "pl,lua", Tasks = 3, Tries = 1, Seed = 1, Base = true })).ShouldBe(0, _error.ToString());

        string[] rows = [.. _output.ToString().Split('\n').Where(l => l.StartsWith("pl ", StringComparison.Ordinal) || l.StartsWith("lua ", StringComparison.Ordinal))];
        rows.Length.ShouldBe(2);
        rows.ShouldAllBe(r => r.Contains("base") && !r.Contains("3/3    3/3"));
    }

    [Fact]
    public async Task Eight_bits_pass_these_problems_too_and_other_types_are_refused_by_name()
    {
        (await RunAsync(new AgentOptions { Languages = "pl,lua", Tasks = 3, Tries = 1, Seed = 1, DType = "int8" })).ShouldBe(0, _error.ToString());
        _output.ToString().Split('\n').Count(l => l.Contains("-flora-r4", StringComparison.Ordinal) && l.Contains("3/3    3/3", StringComparison.Ordinal)).ShouldBe(2, _output.ToString());

        (await RunAsync(new AgentOptions { DType = "int9" })).ShouldBe(2);
        _error.ToString().ShouldContain("'int9'");
    }

    [Fact]
    public async Task A_typed_task_is_written_and_not_run()
    {
        (await RunAsync(new AgentOptions { Languages = "lua,rs", Task = "Return the sum of the numbers in values.", Signature = "total(values)" })).ShouldBe(0, _error.ToString());

        string text = _output.ToString();
        text.ShouldContain("local function total(values)");
        text.ShouldContain("fn total(values: Vec<isize>) -> isize {");
        text.ShouldContain("not run");
        text.ShouldNotContain("passed:");
    }

    [Theory]
    [InlineData("/no/such/model", null)]
    [InlineData(null, "/no/such/adapters")]
    public async Task Folders_that_do_not_exist_end_with_2_and_a_message(string? model, string? adapters)
    {
        (await RunAsync(new AgentOptions { Model = model, Adapters = adapters })).ShouldBe(2);

        _error.ToString().ShouldContain(model ?? adapters!);
        _output.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_broken_model_ends_with_2_and_a_message()
    {
        using var folder = new SandboxFolder();
        folder.Write("config.json", "{}");

        (await RunAsync(new AgentOptions { Model = folder.Path })).ShouldBe(2);
        _error.ToString().ShouldContain(folder.Path);
    }

    private Task<int> RunAsync(AgentOptions options)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_output) });
        return new AgentApp(console, _output, _error, AppContext.BaseDirectory).RunAsync(options, TestContext.Current.CancellationToken);
    }
}
