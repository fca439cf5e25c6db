using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.SemanticKernel;

/// <summary>The settings of speech.</summary>
internal static class SpeechSettingTable
{
    private static readonly Dictionary<string, SettingKeys<SpeechSettings>.Reader> Readers = new()
    {
        [FloraKeys.AdapterId] = (s, k, v) => s with { AdapterId = Once(k, s.AdapterId, SettingValue.Text(k, v)) },
        [FloraKeys.Language] = (s, k, v) => s with { Language = Once(k, s.Language, SettingValue.Text(k, v)) },
        [FloraKeys.AllowedLanguages] = (s, k, v) => s with { AllowedLanguages = Once(k, s.AllowedLanguages, SettingValue.Texts(k, v)) },
        [FloraKeys.SpeechTask] = (s, k, v) => s with { Task = Once(k, s.Task, Task(k, v)) },
        [FloraKeys.SpeechPrompt] = (s, k, v) => s with { Prompt = Once(k, s.Prompt, SettingValue.Text(k, v)) },
        ["initial_prompt"] = (s, k, v) => s with { Prompt = Once(k, s.Prompt, SettingValue.Text(k, v)) },
        ["carry_initial_prompt"] = (s, k, v) => s with { CarryPrompt = Once(k, s.CarryPrompt, SettingValue.Flag(k, v)) },
        ["condition_on_previous_text"] = (s, k, v) => s with { ConditionOnPreviousText = Once(k, s.ConditionOnPreviousText, SettingValue.Flag(k, v)) },
        [FloraKeys.Timestamps] = (s, k, v) => s with { Timestamps = Once(k, s.Timestamps, SettingValue.Flag(k, v)) },
        [FloraKeys.WordTimestamps] = (s, k, v) => s with { WordTimestamps = Once(k, s.WordTimestamps, SettingValue.Flag(k, v)) },
        ["timestamp_granularities"] = (s, k, v) => s with { WordTimestamps = Once(k, s.WordTimestamps, NamesWords(k, v)) },
        [FloraKeys.Batched] = (s, k, v) => s with { Batched = Once(k, s.Batched, SettingValue.Flag(k, v)) },
        ["temperature"] = (s, k, v) => s with { Temperature = Once(k, s.Temperature, SettingValue.Number(k, v)) },
        ["best_of"] = (s, k, v) => s with { BestOf = Once(k, s.BestOf, SettingValue.Int(k, v)) },
        [FloraKeys.BeamSize] = (s, k, v) => s with { BeamSize = Once(k, s.BeamSize, SettingValue.Int(k, v)) },
        ["patience"] = (s, k, v) => s with { Patience = Once(k, s.Patience, SettingValue.Number(k, v)) },
        ["length_penalty"] = (s, k, v) => s with { LengthPenalty = Once(k, s.LengthPenalty, SettingValue.Number(k, v)) },
        ["compression_ratio_threshold"] = (s, k, v) => s with { CompressionRatioThreshold = Once(k, s.CompressionRatioThreshold, SettingValue.Number(k, v)) },
        ["logprob_threshold"] = (s, k, v) => s with { LogprobThreshold = Once(k, s.LogprobThreshold, SettingValue.Number(k, v)) },
        ["no_speech_threshold"] = (s, k, v) => s with { NoSpeechThreshold = Once(k, s.NoSpeechThreshold, SettingValue.Number(k, v)) },
        ["max_tokens"] = (s, k, v) => s with { MaxTokens = Once(k, s.MaxTokens, SettingValue.Int(k, v)) },
        ["seed"] = (s, k, v) => s with { Seed = Once(k, s.Seed, SettingValue.Whole(k, v)) },
        [SettingTable.ResponseFormat] = (s, k, v) => s with { Format = Once(k, s.Format, Format(k, v)) },
    };

    /// <summary>Settings of other services that leave the answer as it is.</summary>
    private static readonly Dictionary<string, Func<string, object?, bool>> Harmless = new()
    {
        // The first bytes tell what a recording is.
        ["filename"] = (_, _) => true,
        ["user"] = (_, _) => true,
        ["service_id"] = (_, _) => true,
    };

    private static readonly SettingKeys<SpeechSettings> Keys = new(Readers, Harmless);

    /// <inheritdoc cref="SettingKeys{TSettings}.KnownKeys"/>
    internal static IReadOnlyCollection<string> KnownKeys => Keys.KnownKeys;

    /// <inheritdoc cref="SettingKeys{TSettings}.Read"/>
    internal static SpeechSettings Read(SpeechSettings settings, IEnumerable<KeyValuePair<string, object?>> entries) => Keys.Read(settings, entries);

    /// <summary>The value, if there was none before.</summary>
    internal static T Once<T>(string key, T? before, T value)
        where T : class => before is null ? value : throw SettingKeys<SpeechSettings>.Twice(key);

    /// <inheritdoc cref="Once{T}(string, T, T)"/>
    internal static T Once<T>(string key, T? before, T value)
        where T : struct => before is null ? value : throw SettingKeys<SpeechSettings>.Twice(key);

    /// <summary>A task by its name.</summary>
    internal static SpeechTask Task(string key, object? value) => SettingValue.Text(key, value) switch
    {
        "transcribe" => SpeechTask.Transcribe,
        "translate" => SpeechTask.Translate,
        var other => throw new InvalidRequestException($"Setting '{key}': expected \"transcribe\" or \"translate\", got '{other}'."),
    };

    /// <summary>A format by its name; those of OpenAI that differ only in the envelope are the text.</summary>
    internal static TranscriptFormat Format(string key, object? value) => SettingValue.Text(key, value) switch
    {
        "text" or "json" or "verbose_json" => TranscriptFormat.Text,
        "srt" => TranscriptFormat.Srt,
        "vtt" => TranscriptFormat.Vtt,
        var other => throw new InvalidRequestException($"Setting '{key}': expected \"text\", \"srt\" or \"vtt\" (\"json\" and \"verbose_json\" are \"text\" here), got '{other}'."),
    };

    /// <summary>OpenAI's list of "word" and "segment", or its numbers; segments have times in any case.</summary>
    private static bool NamesWords(string key, object? value)
    {
        bool words = false;
        foreach (string name in SettingValue.Items(key, value, "a list of \"word\" and \"segment\"").Select(item => SettingValue.Describe(item).Trim('\'').ToLowerInvariant()))
        {
            words |= name is "word" or "1";
            if (name is not ("word" or "segment" or "default" or "0" or "1" or "2"))
                throw new InvalidRequestException($"Setting '{key}': expected a list of \"word\" and \"segment\", got '{name}' in it.");
        }

        return words;
    }
}
