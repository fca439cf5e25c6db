using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.TestData;

namespace FLoRA.Cli.Tests;

/// <summary><c>flora transcribe --audio</c>: what a person types.</summary>
public sealed class TranscribeAudioTests
{
    private const string Ticket = "the ticket costs sixty eight dollars";

    private static readonly string[] Whisper = ["transcribe", "--model", FloraRun.Whisper, "--adapters", FloraRun.WhisperAdapters];

    private static string Audio(string name) => Path.Combine(RepositoryData.TinyWhisper, "audio", name);

    [Fact]
    public async Task TextGoesToStdoutAndUsageToStderr()
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "--language", "en"]);
        Assert.Equal((0, $"{Ticket}\n"), (run.ExitCode, run.Output));
        Assert.Contains("en/00.wav: base, language en, 2.4 s in ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TimestampsShowOrLeaveOutTimes()
    {
        FloraRun shown = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "--timestamps"]);
        Assert.Matches(@"^\[00:00\.000 --> 00:02\.\d{3}\] the ticket", shown.Output);
        FloraRun none = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "--timestamps", "false", "--format", "json"]);
        Assert.DoesNotContain(Assert.Single(none.Lines).GetProperty("tokens").EnumerateArray(), token => token.GetInt32() > 616);
    }

    [Fact]
    public async Task ABeamSearchIsAsked()
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "--language", "en", "--beam", "3"]);
        Assert.Equal((0, $"{Ticket}\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task SeveralRecordingsAreNamedInTheirLines()
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("cs/00.wav"), Audio("cs/01.wav"), "--audio", Audio("cs/02.wav"), "--adapter-id", "cs-flora-r4", "--language", "cs"]);
        Assert.Equal(0, run.ExitCode);
        string[] expected = [.. ((string[])["cs/00.wav", "cs/01.wav", "cs/02.wav"]).Select(name => $"{Audio(name)}: {Reference(name)}")];
        Assert.Equal(expected, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task JsonNamesTheRecordingAsItsId()
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "gone.wav", "--format", "json"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(Ticket, run.Line(Audio("en/00.wav")).GetProperty("text").GetString()!.Trim());
        Assert.StartsWith("FileNotFoundException", run.ErrorOf("gone.wav"), StringComparison.Ordinal);
        Assert.Contains("flora: Could not find file '", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFailureNamesItsRecordingOnce()
    {
        FloraRun unreadable = await FloraRun.OfAsync([.. Whisper, "--audio", Path.Combine(FloraRun.TestData, "README.md")]);
        Assert.Equal((1, ""), (unreadable.ExitCode, unreadable.Output));
        Assert.Equal(2, unreadable.Error.Split("README.md").Length);
        FloraRun unknown = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "--adapter-id", "nobody"]);
        Assert.Equal((1, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("en/00.wav: Adapter 'nobody' is not registered", unknown.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("srt", @"^1\n00:00:00,000 --> 00:00:02,\d{3}\nthe ticket costs sixty eight dollars\n\n$")]
    [InlineData("vtt", @"^WEBVTT\n\n00:00\.000 --> 00:02\.\d{3}\nthe ticket costs sixty eight dollars\n\n$")]
    public async Task OneRecordingMayBeSubtitlesOnStdout(string format, string expected) =>
        Assert.Matches(expected, (await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), "--format", format])).Output);

    [Theory]
    [InlineData("text", ".txt")]
    [InlineData("json", ".json")]
    [InlineData("srt", ".srt")]
    [InlineData("vtt", ".vtt")]
    public async Task AFolderGetsAFilePerRecording(string format, string extension)
    {
        using TemporaryFolder folder = new();
        string output = folder.File("new/folder");
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Audio("en/00.wav"), Audio("de/01.wav"), "gone.wav", "--format", format, "--output", output]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal([$"00{extension}", $"01{extension}"], Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string text = await File.ReadAllTextAsync(Path.Combine(output, $"00{extension}"), TestContext.Current.CancellationToken);
        Assert.Contains(Ticket, text, StringComparison.Ordinal);
        if (format == "json")
            Assert.Equal("en", JsonElement.Parse(text).GetProperty("language").GetString());
    }

    [Fact]
    public async Task StandardInputIsARecordingTheWarmUpToo()
    {
        StringWriter output = new(), error = new();
        using FileStream input = File.OpenRead(Audio("en/00.wav"));
        using Terminal terminal = new(TextReader.Null, output, TextWriter.Synchronized(error), inputBytes: input);
        int exitCode = await FloraCommand.RunAsync([.. Whisper, "--audio", "-", "--warmup"], terminal, TestContext.Current.CancellationToken);
        Assert.Equal((0, $"{Ticket}\n"), (exitCode, output.ToString()));
    }

    [Fact]
    public async Task ATruncatedRecordingIsTranscribedWithAWarningOnce()
    {
        using TemporaryFolder folder = new();
        byte[] whole = await File.ReadAllBytesAsync(Audio("en/00.wav"), TestContext.Current.CancellationToken);
        string path = folder.Write("cut.wav", whole[..40_000]);
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", path, "--warmup"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Error.Split("cut.wav: WAV: the header claims").Length);
        Assert.StartsWith("the ticket", run.Output, StringComparison.Ordinal);
    }

    private static string Reference(string name) => File.ReadLines(Path.Combine(RepositoryData.TinyWhisper, "audio", "references.jsonl"))
        .Select(line => JsonElement.Parse(line)).Single(line => line.GetProperty("audio").GetString() == name).GetProperty("text").GetString()!;
}
