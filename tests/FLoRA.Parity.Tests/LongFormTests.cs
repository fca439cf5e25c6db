using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.TestData;

namespace FLoRA.Parity.Tests;

/// <summary>Long recordings against openai/whisper itself: 101 cases, all at once through one engine.</summary>
public class LongFormTests
{
    private const double ScoreTolerance = 2e-3;

    private static readonly string Folder = Path.Combine(RepositoryData.Golden, "longform");
    private static readonly string Model = Path.Combine(RepositoryData.Root, "models", "tinywhisper");

    private static IReadOnlyList<JsonElement> Cases => [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json"))).RootElement.GetProperty("cases").EnumerateArray()];

    private static bool IsOf(JsonElement one, string kind)
    {
        bool beams = one.GetProperty("options").TryGetProperty("beam_size", out JsonElement width) && width.ValueKind == JsonValueKind.Number;
        bool words = one.GetProperty("options").GetProperty("word_timestamps").GetBoolean();
        return kind == (words ? "words" : beams ? "beams" : "greedy");
    }

    [Theory]
    [InlineData("greedy", 256)]
    [InlineData("beams", 256)]
    [InlineData("beams", 40)]
    [InlineData("words", 256)]
    [InlineData("words", 24)]
    public async Task All_cases_at_once_give_the_golden_segments(string kind, int maxRows)
    {
        using Engine engine = Engine.Load(new EngineOptions
        {
            Model = Path.Combine(Model, "model"),
            AdapterFolders = [Path.Combine(Model, "adapters")],
            Device = "cpu",
            Threads = 2,
            MaxRows = maxRows,
            KvTokens = maxRows < 256 ? 2048 : null,
        });
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(Model, "model"));
        JsonElement[] cases = [.. Cases.Where(one => IsOf(one, kind))];
        Assert.NotEmpty(cases);
        string?[] wrong = await Task.WhenAll(cases.Select(one => DifferenceAsync(transcriber, one)));
        Assert.Empty(wrong.OfType<string>());
        var left = await engine.ReadOccupancyAsync();
        Assert.Equal((0, 0, left.TotalBlocks, 0), (left.RunningSequences, left.WaitingSequences, left.FreeBlocks, left.AdapterPins));
    }

    /// <summary>What is wrong with a case; null: nothing.</summary>
    private static async Task<string?> DifferenceAsync(SpeechTranscriber transcriber, JsonElement one)
    {
        string name = one.GetProperty("name").GetString()!;
        AudioClip clip = new AudioReader().ReadFile(Path.Combine(Folder, one.GetProperty("audio").GetString()!));
        Transcript transcript = await transcriber.Start(clip, OptionsOf(one)).ReadToEndAsync(TestContext.Current.CancellationToken);
        if (transcript.Text.Trim() != one.GetProperty("text").GetString()!.Trim())
            return $"{name}: text '{transcript.Text}'";
        JsonElement[] expected = [.. one.GetProperty("segments").EnumerateArray()];
        if (expected.Length != transcript.Segments.Count)
            return $"{name}: {transcript.Segments.Count} segments instead of {expected.Length}";
        double duration = clip.Duration.TotalSeconds;
        foreach ((TranscriptSegment segment, JsonElement golden) in transcript.Segments.Zip(expected))
        {
            if (!segment.Tokens.SequenceEqual(golden.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())))
                return $"{name}: tokens {string.Join(',', segment.Tokens)}";
            if (Off(segment.StartSeconds, golden.GetProperty("start").GetDouble(), duration) > 0.0101 || Off(segment.EndSeconds, golden.GetProperty("end").GetDouble(), duration) > 0.0101)
                return $"{name}: {segment.StartSeconds} to {segment.EndSeconds}";
            if (Math.Abs(segment.AverageLogprob - golden.GetProperty("avg_logprob").GetDouble()) > ScoreTolerance || Math.Abs(segment.NoSpeechProbability - golden.GetProperty("no_speech_prob").GetDouble()) > ScoreTolerance)
                return $"{name}: avg_logprob {segment.AverageLogprob}, no_speech_prob {segment.NoSpeechProbability}";
            if (one.GetProperty("options").GetProperty("word_timestamps").GetBoolean() && WordDifference(segment, golden, duration) is { } word)
                return $"{name}: {word}";
        }

        if (one.TryGetProperty("language_probs", out JsonElement languages) && languages.EnumerateObject().Any(l => Math.Abs(transcript.LanguageProbabilities![l.Name] - l.Value.GetDouble()) > ScoreTolerance))
            return $"{name}: language probabilities";
        return null;
    }

    private static string? WordDifference(TranscriptSegment segment, JsonElement golden, double duration)
    {
        JsonElement[] words = [.. golden.GetProperty("words").EnumerateArray()];
        if (words.Length != segment.Words.Count)
            return $"{segment.Words.Count} words instead of {words.Length}";
        foreach ((TranscriptWord word, JsonElement expected) in segment.Words.Zip(words))
        {
            if (word.Text.Trim() != expected.GetProperty("word").GetString()!.Trim() || Off(word.StartSeconds, expected.GetProperty("start").GetDouble(), duration) > 0.0201
                || Off(word.EndSeconds, expected.GetProperty("end").GetDouble(), duration) > 0.0201)
                return $"word {word} instead of {expected}";
        }

        return null;
    }

    /// <summary>The engine cuts times at the recording's end, the package does not.</summary>
    private static double Off(double actual, double expected, double duration) => Math.Min(Math.Abs(actual - expected), Math.Abs(actual - Math.Min(expected, duration)));

    private static TranscriptionOptions OptionsOf(JsonElement one)
    {
        JsonElement options = one.GetProperty("options");
        double? Number(string name) => options.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
        bool Flag(string name) => options.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
        string? Text(string name) => options.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return new TranscriptionOptions
        {
            Adapter = one.GetProperty("adapter").GetString(),
            Language = Text("language"),
            Task = Text("task") == "translate" ? SpeechTask.Translate : SpeechTask.Transcribe,
            Timestamps = !Flag("without_timestamps"),
            Temperature = 0,
            CompressionRatioThreshold = Number("compression_ratio_threshold"),
            LogprobThreshold = Number("logprob_threshold"),
            NoSpeechThreshold = Number("no_speech_threshold"),
            ConditionOnPreviousText = Flag("condition_on_previous_text"),
            InitialPrompt = Text("initial_prompt"),
            CarryInitialPrompt = Flag("carry_initial_prompt"),
            WordTimestamps = Flag("word_timestamps"),
            BeamSize = (int?)Number("beam_size"),
            Patience = Number("patience"),
            LengthPenalty = Number("length_penalty"),
            MaxNewTokens = (int?)Number("sample_len"),
        };
    }
}
