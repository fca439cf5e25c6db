using System.Text.Json;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Tests.Text;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>A recording as openai-whisper transcribed it: every window with what the model gave and what was made of it.</summary>
internal sealed record LongformCase(string Name, JsonElement Json)
{
    private static readonly string Folder = Path.Combine(RepositoryData.Golden, "longform");

    private static readonly JsonElement Samples = TextData.Json(Path.Combine(Folder, "samples.json"));

    public static IReadOnlyDictionary<string, LongformCase> All { get; } = TextData.Json(Path.Combine(Folder, "cases.json")).GetProperty("cases").EnumerateArray()
        .Select(json => new LongformCase(json.GetProperty("name").GetString()!, json)).ToDictionary(@case => @case.Name);

    public static string Attention { get; } = Path.Combine(Folder, "attention.safetensors");

    public string? Adapter => Json.GetProperty("adapter").GetString();

    public string Language => Json.GetProperty("language").GetString()!;

    public string Text => Json.GetProperty("text").GetString()!;

    public JsonElement[] Windows => [.. Json.GetProperty("windows").EnumerateArray()];

    public JsonElement[] Segments => [.. Json.GetProperty("segments").EnumerateArray()];

    public JsonElement? LanguageProbabilities => Json.TryGetProperty("language_probs", out JsonElement value) ? value : null;

    public RecordingFeatures Features => SpeechData.Features(Samples.GetProperty(Json.GetProperty("audio").GetString()!).GetInt32());

    public JsonElement Option(string name) => Json.GetProperty("options").GetProperty(name);

    public double? Number(string name) => Option(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    public TranscriptionOptions Options => new()
    {
        Adapter = Adapter,
        Language = Option("language").GetString(),
        Temperature = 0,
        Timestamps = !Option("without_timestamps").GetBoolean(),
        WordTimestamps = Option("word_timestamps").GetBoolean(),
        BeamSize = (int?)Number("beam_size"),
        Patience = Number("patience"),
        LengthPenalty = Number("length_penalty"),
        InitialPrompt = Option("initial_prompt").GetString(),
        CarryInitialPrompt = Option("carry_initial_prompt").GetBoolean(),
        ConditionOnPreviousText = Option("condition_on_previous_text").GetBoolean(),
        CompressionRatioThreshold = Number("compression_ratio_threshold"),
        LogprobThreshold = Number("logprob_threshold"),
        NoSpeechThreshold = Number("no_speech_threshold"),
        MaxNewTokens = (int?)Number("sample_len"),
    };
}
