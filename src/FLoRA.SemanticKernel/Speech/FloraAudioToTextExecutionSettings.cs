using System.Text.Json.Serialization;
using FLoRA.Inference.Speech.Transcription;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>Settings of a transcription through Semantic Kernel. A setting that is null is not given. The JSON names are also those of <c>ExtensionData</c>.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
public sealed class FloraAudioToTextExecutionSettings : PromptExecutionSettings
{
    private SpeechSettings _values = new();

    /// <summary>Name of the adapter that transcribes; null: that of the function map, of the language, the default one, or the base model.</summary>
    [JsonPropertyName(FloraKeys.AdapterId), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AdapterId { get => _values.AdapterId; set => Set(_values with { AdapterId = value }); }

    /// <summary>Language that is spoken, such as "de" or "pt-BR"; null or "auto": detected in the first window.</summary>
    [JsonPropertyName(FloraKeys.Language), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Language { get => _values.Language; set => Set(_values with { Language = value }); }

    /// <summary>Languages among which the detection decides; null: all of the model.</summary>
    [JsonPropertyName(FloraKeys.AllowedLanguages), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? AllowedLanguages { get => _values.AllowedLanguages; set => Set(_values with { AllowedLanguages = value is null ? null : [.. value] }); }

    /// <summary>"transcribe", which is also what happens when it is not given, or "translate": into English.</summary>
    [JsonPropertyName(FloraKeys.SpeechTask), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Task
    {
        get => _values.Task switch { null => null, SpeechTask.Translate => "translate", _ => "transcribe" };
        set => Set(_values with { Task = value is null ? null : SpeechSettingTable.Task(FloraKeys.SpeechTask, value) });
    }

    /// <summary>Text that goes before the first window, such as names to be recognised.</summary>
    [JsonPropertyName(FloraKeys.SpeechPrompt), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Prompt { get => _values.Prompt; set => Set(_values with { Prompt = value }); }

    /// <summary>True: <see cref="Prompt"/> goes before every window.</summary>
    [JsonPropertyName("carry_initial_prompt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? CarryPrompt { get => _values.CarryPrompt; set => Set(_values with { CarryPrompt = value }); }

    /// <summary>True: what was written so far goes before each window; more consistent, but mistakes can repeat themselves. Not given: false.</summary>
    [JsonPropertyName("condition_on_previous_text"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ConditionOnPreviousText { get => _values.ConditionOnPreviousText; set => Set(_values with { ConditionOnPreviousText = value }); }

    /// <summary>False: one segment per window, without times of its own. Not given: true.</summary>
    [JsonPropertyName(FloraKeys.Timestamps), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Timestamps { get => _values.Timestamps; set => Set(_values with { Timestamps = value }); }

    /// <summary>True: times for each word too.</summary>
    [JsonPropertyName(FloraKeys.WordTimestamps), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? WordTimestamps { get => _values.WordTimestamps; set => Set(_values with { WordTimestamps = value }); }

    /// <summary>True: the recording is cut at silences and its pieces are decoded at the same time; not with <see cref="ConditionOnPreviousText"/>. Not given: false.</summary>
    [JsonPropertyName(FloraKeys.Batched), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Batched { get => _values.Batched; set => Set(_values with { Batched = value }); }

    /// <summary>The only temperature; 0: greedy or beams. Not given: 0, and where that fails a threshold 0.2, 0.4 .. 1.0.</summary>
    [JsonPropertyName("temperature"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get => _values.Temperature; set => Set(_values with { Temperature = value }); }

    /// <summary>Candidates at temperatures above 0.</summary>
    [JsonPropertyName("best_of"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? BestOf { get => _values.BestOf; set => Set(_values with { BestOf = value }); }

    /// <summary>Width of the search at temperature 0; not given: greedy.</summary>
    [JsonPropertyName(FloraKeys.BeamSize), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? BeamSize { get => _values.BeamSize; set => Set(_values with { BeamSize = value }); }

    /// <summary>Ended beams that are waited for, in units of <see cref="BeamSize"/>.</summary>
    [JsonPropertyName("patience"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Patience { get => _values.Patience; set => Set(_values with { Patience = value }); }

    /// <summary>Exponent by which long candidates lose, from 0 to 1.</summary>
    [JsonPropertyName("length_penalty"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LengthPenalty { get => _values.LengthPenalty; set => Set(_values with { LengthPenalty = value }); }

    /// <summary>A text that compresses better than this repeats itself: the next temperature is tried. Not given: 2.4.</summary>
    [JsonPropertyName("compression_ratio_threshold"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CompressionRatioThreshold { get => _values.CompressionRatioThreshold; set => Set(_values with { CompressionRatioThreshold = value }); }

    /// <summary>Below this mean log-probability the next temperature is tried. Not given: -1.</summary>
    [JsonPropertyName("logprob_threshold"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LogprobThreshold { get => _values.LogprobThreshold; set => Set(_values with { LogprobThreshold = value }); }

    /// <summary>Above this probability of no speech a window is silence. Not given: 0.6.</summary>
    [JsonPropertyName("no_speech_threshold"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? NoSpeechThreshold { get => _values.NoSpeechThreshold; set => Set(_values with { NoSpeechThreshold = value }); }

    /// <summary>Most tokens per window; not given: half the decoder's context.</summary>
    [JsonPropertyName("max_tokens"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get => _values.MaxTokens; set => Set(_values with { MaxTokens = value }); }

    /// <summary>Seed of the random numbers above temperature 0.</summary>
    [JsonPropertyName("seed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get => _values.Seed; set => Set(_values with { Seed = value }); }

    /// <summary>What the text of the result is: "text", which is also what happens when it is not given, "srt" or "vtt": subtitles.</summary>
    [JsonPropertyName(SettingTable.ResponseFormat), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ResponseFormat
    {
        get => _values.Format?.ToString().ToLowerInvariant();
        set => Set(_values with { Format = value is null ? null : SpeechSettingTable.Format(SettingTable.ResponseFormat, value) });
    }

    /// <summary>All of it, with the base type's model id.</summary>
    internal SpeechSettings Values => _values with { ModelId = ModelId };

    /// <summary>
    /// Any settings as FLoRA's: null gives empty ones, FLoRA's own come back as they are, others, such as OpenAI's, are read by their JSON names,
    /// from typed properties and from <see cref="PromptExecutionSettings.ExtensionData"/>. The argument is never changed.
    /// </summary>
    /// <exception cref="NotSupportedException">A setting is not known or not supported; names it.</exception>
    /// <exception cref="Inference.InvalidRequestException">A value cannot be read; names the setting.</exception>
    public static FloraAudioToTextExecutionSettings FromExecutionSettings(PromptExecutionSettings? settings) => settings switch
    {
        null => new(),
        FloraAudioToTextExecutionSettings { ExtensionData: null or { Count: 0 } } own => own,
        _ => Read(settings),
    };

    /// <inheritdoc/>
    public override PromptExecutionSettings Clone() => new FloraAudioToTextExecutionSettings
    {
        ModelId = ModelId,
        ServiceId = ServiceId,
        FunctionChoiceBehavior = FunctionChoiceBehavior,
        ExtensionData = ExtensionData is null ? null : new Dictionary<string, object>(ExtensionData),
        _values = _values,
    };

    private static FloraAudioToTextExecutionSettings Read(PromptExecutionSettings settings) => new()
    {
        ModelId = settings.ModelId,
        ServiceId = settings.ServiceId,
        FunctionChoiceBehavior = settings.FunctionChoiceBehavior,
        _values = SpeechSettingTable.Read(
            (settings as FloraAudioToTextExecutionSettings)?._values ?? new(), SettingsReader.Entries<FloraAudioToTextExecutionSettings>(settings)),
    };

    private void Set(SpeechSettings values)
    {
        ThrowIfFrozen();
        _values = values;
    }
}
