using System.CommandLine;
using CodeAgent.Languages;

namespace CodeAgent.Tests;

public sealed class OptionTests
{
    [Fact]
    public void Every_option_arrives()
    {
        AgentOptions options = Parse("--model", "m", "--adapters", "a", "--languages", "py,lua", "--tasks", "9", "--tries", "2", "--seed", "4", "--json", "f", "--task", "t", "--signature", "g(x)", "--run", "--threads", "1", "--dtype", "int8");

        options.ShouldBe(new AgentOptions
        {
            Model = "m", Adapters = "a", Languages = "py,lua", Tasks = 9, Tries = 2, Seed = 4, Json = "f", Task = "t", Signature = "g(x)", Run = true, Threads = 1, DType = "int8",
        });
        Parse("--base").ShouldBe(new AgentOptions { Base = true });
        Parse().ShouldBe(new AgentOptions());
    }

    [Fact]
    public void Contradictions_are_listed_together()
    {
        string message = Should.Throw<UsageException>(new AgentOptions { Tries = 0, Run = true, Base = true, Adapters = "a" }.Validate).Message;

        message.ShouldContain("--tries");
        message.ShouldContain("--run");
        message.ShouldContain("--base");
    }

    [Theory]
    [InlineData("py,cobol")]
    [InlineData("py,py")]
    [InlineData(",")]
    public void Unknown_and_repeated_languages_are_refused(string list) =>
        Should.Throw<UsageException>(() => LanguageTable.Parse(list)).Message.ShouldContain($"'{list}'");

    [Fact]
    public void Languages_come_in_the_order_of_the_table() =>
        LanguageTable.Parse("lua,py").Select(l => l.Id).ShouldBe(["py", "lua"]);

    private static AgentOptions Parse(params string[] arguments)
    {
        AgentOptions? options = null;
        RootCommand command = CommandLine.Create((parsed, _) =>
        {
            options = parsed;
            return Task.FromResult(0);
        });
        command.Parse(arguments).Invoke().ShouldBe(0);
        return options.ShouldNotBeNull();
    }
}
