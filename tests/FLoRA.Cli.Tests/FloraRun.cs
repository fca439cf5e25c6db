using System.Text.Json;
using FLoRA.TestData;

namespace FLoRA.Cli.Tests;

/// <summary>One command line run in this process, and what came of it.</summary>
internal sealed record FloraRun(int ExitCode, string Output, string Error)
{
    public static string Coder { get; } = Path.Combine(RepositoryData.TinyCoder, "model");

    public static string CoderAdapters { get; } = Path.Combine(RepositoryData.TinyCoder, "adapters");

    public static string Whisper { get; } = Path.Combine(RepositoryData.TinyWhisper, "model");

    public static string WhisperAdapters { get; } = Path.Combine(RepositoryData.TinyWhisper, "adapters");

    public static string TestData { get; } = RepositoryData.Golden;

    /// <summary>The result lines.</summary>
    public IReadOnlyList<JsonElement> Lines =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    /// <summary>The line of a request.</summary>
    public JsonElement Line(string id) => Lines.Single(line => line.GetProperty("id").ToString() == id);

    /// <summary>"type: message" of the error of a request.</summary>
    public string ErrorOf(string id)
    {
        JsonElement error = Line(id).GetProperty("error");
        return $"{error.GetProperty("type").GetString()}: {error.GetProperty("message").GetString()}";
    }

    public static Task<FloraRun> OfAsync(params string[] args) => WithInputAsync("", args);

    public static async Task<FloraRun> WithInputAsync(string input, params string[] args)
    {
        StringWriter output = new(), error = new();
        using Terminal terminal = new(new StringReader(input), output, TextWriter.Synchronized(error));
        int exitCode = await FloraCommand.RunAsync(args, terminal, TestContext.Current.CancellationToken);
        return new FloraRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>It ended with exit code 2, nothing on stdout, and a message that has all of these parts, without a stack trace.</summary>
    public void AssertRefused(params string[] parts)
    {
        Assert.Equal(2, ExitCode);
        Assert.Empty(Output);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, Error, StringComparison.Ordinal));
    }
}
