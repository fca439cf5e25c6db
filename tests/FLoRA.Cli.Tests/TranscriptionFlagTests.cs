using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Verbs;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.TestData;

namespace FLoRA.Cli.Tests;

/// <summary>How recordings of <c>flora transcribe --audio</c> are transcribed: each flag says what a field of a request says.</summary>
public sealed class TranscriptionFlagTests
{
    private static readonly string[] Whisper = ["transcribe", "--model", FloraRun.Whisper, "--adapters", FloraRun.WhisperAdapters];

    private static readonly string[] Greedy = ["--temperature", "0"];

    /// <summary>15 s of six utterances with pauses, which windows of 3 s cut badly.</summary>
    private static string Talk => Path.Combine(RepositoryData.Root, "tests", "data", "longform", "audio", "en-talk-a.wav");

    [Fact]
    public void EveryFlagArrives()
    {
        TranscriptionOptions read = Read(
            "--adapter-id", "a", "--language", "auto", "--allowed-languages", "de", "cs", "--task", "translate", "--timestamps", "false", "--word-timestamps", "--batched", "--temperature", "0.5",
            "--best-of", "2", "--seed", "-7", "--beam", "3", "--initial-prompt", "@names", "--carry-initial-prompt", "--condition-on-previous-text");
        Assert.Equal(["de", "cs"], read.AllowedLanguages!);
        Assert.Equal(
            new TranscriptionOptions
            {
                Adapter = "a", Language = "auto", Task = SpeechTask.Translate, Timestamps = false, WordTimestamps = true, Batched = true, Temperature = 0.5, BestOf = 2, Seed = -7,
                BeamSize = 3, InitialPrompt = "@names", CarryInitialPrompt = true, ConditionOnPreviousText = true,
            },
            read with { AllowedLanguages = null });
    }

    [Fact]
    public void WithoutFlagsTheDefaultsHold() => Assert.Equal(new TranscriptionOptions(), Read());

    /// <summary>As a command line of openai/whisper has them.</summary>
    [Theory]
    [InlineData("True", true)]
    [InlineData("false", false)]
    public void SwitchesTakeAValueToo(string value, bool expected)
    {
        TranscriptionOptions read = Read("--word-timestamps", value, "--condition-on-previous-text", value, "--batched", value);
        Assert.Equal((expected, expected, expected), (read.WordTimestamps, read.ConditionOnPreviousText, read.Batched));
    }

    [Theory]
    [InlineData("""{"batched":true}""", "--batched")]
    [InlineData("""{"batched":true,"word_timestamps":true}""", "--batched", "--word-timestamps")]
    [InlineData("""{"word_timestamps":true}""", "--word-timestamps")]
    [InlineData("""{"initial_prompt":"seven dollars"}""", "--initial-prompt", "seven dollars")]
    [InlineData("""{"initial_prompt":"seven dollars","carry_initial_prompt":true}""", "--initial-prompt", "seven dollars", "--carry-initial-prompt")]
    [InlineData("""{"condition_on_previous_text":true}""", "--condition-on-previous-text")]
    [InlineData("""{"beam_size":4}""", "--beam", "4")]
    [InlineData("""{"temperature":0.8,"seed":7}""", "--temperature", "0.8", "--seed", "7")]
    [InlineData("""{"temperature":0.8,"seed":7,"best_of":3}""", "--temperature", "0.8", "--seed", "7", "--best-of", "3")]
    public async Task AFlagGivesWhatItsFieldGives(string fields, params string[] flags)
    {
        bool isGreedy = !flags.Contains("--temperature");
        FloraRun flagged = await FloraRun.OfAsync([.. Whisper, "--audio", Talk, "--language", "en", "--format", "json", .. flags, .. isGreedy ? Greedy : []]);
        FloraRun asked = await FloraRun.WithInputAsync(
            $$"""{"id":1,"audio":{{JsonSerializer.Serialize(Talk)}},"language":"en",{{(isGreedy ? "\"temperature\":0," : "")}}{{fields[1..]}}""", [.. Whisper, "--requests", "-"]);
        Assert.Equal((0, 0), (flagged.ExitCode, asked.ExitCode));
        Assert.Equal(Results(asked), Results(flagged));
        FloraRun plain = await FloraRun.OfAsync([.. Whisper, "--audio", Talk, "--language", "en", "--format", "json", .. Greedy]);
        Assert.NotEqual(Results(plain), Results(flagged));
    }

    [Fact]
    public async Task PiecesOfABatchedRecordingKeepTheirPlaceInIt()
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Talk, "--language", "en", "--temperature", "0", "--batched", "--timestamps"]);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("[00:00.000 --> 00:02.380] start a timer for seventy five minutes\n[00:03.000 --> 00:04.720] set the camera to fifty four\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("my birthday is april nineteen\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonListsWordsAndSubtitlesGoFromTheFirstToTheLast()
    {
        string[] asked = [.. Whisper, "--audio", Path.Combine(RepositoryData.TinyWhisper, "audio", "en", "00.wav"), "--language", "en", "--word-timestamps", "true", "--format"];
        JsonElement segment = Assert.Single(Assert.Single((await FloraRun.OfAsync([.. asked, "json"])).Lines).GetProperty("segments").EnumerateArray());
        JsonElement[] words = [.. segment.GetProperty("words").EnumerateArray()];
        Assert.Equal("the ticket costs sixty eight dollars", string.Concat(words.Select(word => word.GetProperty("word").GetString())).Trim());
        Assert.Equal(["word", "start", "end", "probability"], words[0].EnumerateObject().Select(field => field.Name));
        Assert.Equal(words.Select(Start).Order(), words.Select(Start));
        Assert.Equal((Start(words[0]), words[^1].GetProperty("end").GetDouble()), (Start(segment), segment.GetProperty("end").GetDouble()));

        string cue = $"{Start(words[0]):00.000} --> 00:00:{words[^1].GetProperty("end").GetDouble():00.000}".Replace('.', ',');
        Assert.Equal($"1\n00:00:{cue}\nthe ticket costs sixty eight dollars\n\n", (await FloraRun.OfAsync([.. asked, "srt"])).Output);
    }

    [Fact]
    public async Task TheDetectionDecidesAmongTheAllowedLanguages()
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", Path.Combine(RepositoryData.TinyWhisper, "audio", "en", "00.wav"), "--format", "json", "--allowed-languages", "de", "es"]);
        Assert.Contains(Assert.Single(run.Lines).GetProperty("language").GetString(), (string[])["de", "es"]);
    }

    [Theory]
    [InlineData("condition_on_previous_text needs one window after the other; batched decodes all at once", "--batched", "--condition-on-previous-text")]
    [InlineData("beam_size needs temperature 0 or none", "--beam", "3", "--temperature", "0.4")]
    [InlineData("temperature must be 0 (greedy) or a positive number, got -1", "--temperature", "-1")]
    [InlineData("carry_initial_prompt needs initial_prompt", "--carry-initial-prompt")]
    [InlineData("initial_prompt is blank", "--initial-prompt", " ")]
    [InlineData("language 'en' switches that off", "--language", "en", "--allowed-languages", "de")]
    [InlineData("allowed_languages has 'xx'", "--allowed-languages", "xx")]
    public async Task WhatDoesNotGoTogetherIsRefusedOnceBeforeAnyRecordingIsRead(string message, params string[] flags)
    {
        FloraRun run = await FloraRun.OfAsync([.. Whisper, "--audio", "gone.wav", "gone too.wav", .. flags]);
        run.AssertRefused(message);
        Assert.DoesNotContain("gone", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Error.Split("The transcription options are wrong").Length);
    }

    private static double Start(JsonElement timed) => timed.GetProperty("start").GetDouble();

    /// <summary>What does not depend on rounding, which differs with who else is in a batch.</summary>
    private static string Results(FloraRun run) => string.Join('\n', Assert.Single(run.Lines).GetProperty("segments").EnumerateArray()
        .Select(segment => $"{segment.GetProperty("tokens")} {string.Join('|', segment.GetProperty("words").EnumerateArray().Select(word => word.GetProperty("word")))}"));

    private static TranscriptionOptions Read(params string[] args)
    {
        TranscriptionFlags flags = new();
        Command command = new("transcribe");
        foreach (Option option in flags.Options)
            command.Add(option);
        ParseResult parsed = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        Assert.Empty(parsed.Errors);
        return flags.Read(parsed);
    }
}
