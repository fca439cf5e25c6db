using System.CommandLine;

namespace Transcriber.Tests;

public sealed class OptionTests
{
    [Fact]
    public void Every_option_arrives()
    {
        TranscriberOptions options = Parse("a.wav", "folder", "--model", "m", "--adapters", "a", "--settings", "s", "--references", "r", "--language", "de", "--overwrite", "--threads", "1");

        options.Paths.ShouldBe(["a.wav", "folder"]);
        (options with { Paths = [] }).ShouldBe(
            new TranscriberOptions { Paths = [], Model = "m", Adapters = "a", Settings = "s", References = "r", Language = "de", Overwrite = true, Threads = 1 });
        Parse().Paths.ShouldBeEmpty();
        Parse().HasOwnRecordings.ShouldBeFalse();
    }

    [Fact]
    public void Contradictions_are_listed_together()
    {
        string message = Should.Throw<UsageException>(new TranscriberOptions { Threads = 0, Language = "de", Overwrite = true, Model = "m" }.Validate).Message;

        foreach (string option in (string[])["--threads", "--language", "--overwrite", "--model"])
            message.ShouldContain(option);
        Should.Throw<UsageException>(new TranscriberOptions { Paths = ["a.wav"], Model = "m", Adapters = "a" }.Validate).Message.ShouldContain("--settings");
    }

    private static TranscriberOptions Parse(params string[] arguments)
    {
        TranscriberOptions? options = null;
        RootCommand command = CommandLine.Create((parsed, _) =>
        {
            options = parsed;
            return Task.FromResult(0);
        });
        command.Parse(arguments).Invoke().ShouldBe(0);
        return options.ShouldNotBeNull();
    }
}
