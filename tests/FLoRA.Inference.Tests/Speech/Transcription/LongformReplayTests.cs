using System.Text.Json;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Tests.Text;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>With the model's answers given, everything else is as openai-whisper has it: windows, prompts, decisions, segments, words, text.</summary>
public sealed class LongformReplayTests
{
    /// <summary>zlib-ng, which .NET uses, compresses these texts to sizes a little different from zlib's.</summary>
    private const double CompressionTolerance = 0.15;

    public static TheoryData<string> Names => [.. LongformCase.All.Keys];

    [Fact]
    public void All_cases_are_there() => Assert.Equal(101, LongformCase.All.Count);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Windows_decisions_segments_and_text_are_those_of_openai_whisper(string name)
    {
        LongformCase expected = LongformCase.All[name];
        ReplayDecoder decoder = new(expected);
        TranscriptStream stream = SpeechData.Transcriber(decoder).Start(expected.Features, expected.Options);

        Transcript transcript = await stream.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected.Windows.Length, decoder.Decoded);
        Assert.Equal(expected.Language, transcript.Language);
        Assert.Equal(expected.Text, transcript.Text);
        Assert.Equal(expected.Windows.Length, stream.Windows.Count);
        Assert.All(expected.Windows, (window, i) => CheckWindow(window, stream.Windows[i]));
        Assert.Equal(expected.Segments.Length, transcript.Segments.Count);
        Assert.All(expected.Segments, (segment, i) => CheckSegment(segment, transcript.Segments[i], expected.Features.DurationSeconds));
        Assert.Equal(transcript.Segments.SelectMany(segment => segment.Tokens), transcript.Tokens);
        CheckLanguages(expected.LanguageProbabilities, transcript.LanguageProbabilities);
    }

    private static void CheckWindow(JsonElement expected, WindowReport report)
    {
        Assert.Equal((expected.GetProperty("seek").GetInt32(), expected.GetProperty("frames").GetInt32()), (report.SeekFrames, report.FrameCount));
        Assert.Equal(expected.GetProperty("failed").Strings(), report.Result.Failures.Select(failure => failure == WindowFailure.Logprob ? "logprob" : "compression_ratio"));
        Assert.Equal(expected.GetProperty("fallback").GetBoolean(), report.Result.NeedsFallback);
        Assert.Equal(expected.GetProperty("skipped").GetBoolean(), report.Skipped);
        double ratio = expected.GetProperty("compression_ratio").GetDouble();
        Assert.Equal(ratio, report.Result.CompressionRatio, CompressionTolerance * ratio);
    }

    private static void CheckSegment(JsonElement expected, TranscriptSegment segment, double durationSeconds)
    {
        double Clipped(string name) => Math.Min(expected.GetProperty(name).GetDouble(), durationSeconds);
        Assert.Equal(Clipped("start"), segment.StartSeconds, 1e-6);
        Assert.Equal(Clipped("end"), segment.EndSeconds, 1e-6);
        Assert.Equal(expected.GetProperty("text").GetString(), segment.Text);
        Assert.Equal(expected.GetProperty("tokens").Ints(), segment.Tokens);
        Assert.Equal(expected.GetProperty("avg_logprob").GetDouble(), segment.AverageLogprob, 1e-6);
        Assert.Equal(expected.GetProperty("no_speech_prob").GetDouble(), segment.NoSpeechProbability, 1e-6);
        JsonElement[] words = expected.TryGetProperty("words", out JsonElement listed) ? [.. listed.EnumerateArray()] : [];
        Assert.Equal(words.Select(word => word.GetProperty("word").GetString()), segment.Words.Select(word => word.Text));
        Assert.All(words, (word, i) =>
        {
            Assert.Equal(Math.Min(word.GetProperty("start").GetDouble(), durationSeconds), segment.Words[i].StartSeconds, 1e-6);
            Assert.Equal(Math.Min(word.GetProperty("end").GetDouble(), durationSeconds), segment.Words[i].EndSeconds, 1e-6);
            Assert.Equal(word.GetProperty("probability").GetDouble(), segment.Words[i].Probability, 2e-3);
        });
    }

    private static void CheckLanguages(JsonElement? expected, IReadOnlyDictionary<string, double>? probabilities)
    {
        Assert.Equal(expected is null, probabilities is null);
        foreach (JsonProperty language in expected?.EnumerateObject() ?? default)
            Assert.Equal(language.Value.GetDouble(), probabilities![language.Name], 1e-6);
    }
}
