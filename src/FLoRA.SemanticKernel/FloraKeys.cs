namespace FLoRA.SemanticKernel;

/// <summary>
/// Names of FLoRA's own settings, the same in a prompt template's JSON, in <c>PromptExecutionSettings.ExtensionData</c> and
/// in <c>ChatOptions.AdditionalProperties</c>; and of the metadata of results.
/// </summary>
public static class FloraKeys
{
    /// <summary>Name of the adapter. Also an entry of a response's AdditionalProperties.</summary>
    public const string AdapterId = "adapter_id";

    /// <summary>Drops tokens less likely than this share of the most likely one; 0: off.</summary>
    public const string MinP = "min_p";

    /// <summary>Penalty on every id of prompt and completion; 1: off.</summary>
    public const string RepetitionPenalty = "repetition_penalty";

    /// <summary>Object: token id -> number that is added to its logit.</summary>
    public const string LogitBias = "logit_bias";

    /// <summary>List of token ids that end the completion.</summary>
    public const string StopTokens = "stop_tokens";

    /// <summary>True: the model's own end tokens do not end the completion.</summary>
    public const string IgnoreEos = "ignore_eos";

    /// <summary>Fill in the middle: the text after the gap, where the prompt is the text before it. Raw prompts only.</summary>
    public const string Suffix = "suffix";

    /// <summary>How a gap is written for the model.</summary>
    public const string InfillForm = "infill_form";

    /// <summary>Which of the model's chat templates writes the conversation, where it has several.</summary>
    public const string TemplateName = "template_name";

    /// <summary>Object: variables of the model's chat template, such as <c>enable_thinking</c>.</summary>
    public const string TemplateVariables = "template_variables";

    /// <summary>Speech: the language that is spoken, such as "de"; "auto" or nothing: detected.</summary>
    public const string Language = "language";

    /// <summary>Speech: a list of languages among which the detection decides.</summary>
    public const string AllowedLanguages = "allowed_languages";

    /// <summary>Speech: "transcribe" or "translate" (into English).</summary>
    public const string SpeechTask = "task";

    /// <summary>Speech: text that goes before the first window, such as names to be recognised.</summary>
    public const string SpeechPrompt = "prompt";

    /// <summary>Speech: false: one segment per window, without times of its own.</summary>
    public const string Timestamps = "timestamps";

    /// <summary>Speech: true: times for each word.</summary>
    public const string WordTimestamps = "word_timestamps";

    /// <summary>Speech: true: the recording is cut at silences and its pieces are decoded at the same time.</summary>
    public const string Batched = "batched";

    /// <summary>Speech: width of the search at temperature 0.</summary>
    public const string BeamSize = "beam_size";

    /// <summary>Metadata of a result: "stop" or "length".</summary>
    public const string FinishReason = "FinishReason";

    /// <summary>Metadata of a result: a <see cref="Microsoft.Extensions.AI.UsageDetails"/>.</summary>
    public const string Usage = "Usage";

    /// <summary>Metadata of a result: the adapter that answered; null: the base model.</summary>
    public const string ResultAdapterId = "AdapterId";

    /// <summary>Metadata of a result: id of the model, without the adapter.</summary>
    public const string ResultModelId = "ModelId";

    /// <summary>Metadata of a transcription: the language that was asked for or detected.</summary>
    public const string ResultLanguage = "Language";

    /// <summary>Metadata of a transcription: length of the recording, a <see cref="TimeSpan"/>.</summary>
    public const string Duration = "Duration";

    /// <summary>Metadata of a transcription: a list of <see cref="Inference.Speech.Transcription.TranscriptSegment"/>.</summary>
    public const string Segments = "Segments";

    /// <summary>Entry of a transcription's <see cref="Microsoft.Extensions.AI.UsageDetails.AdditionalCounts"/>: length of the recording in milliseconds.</summary>
    public const string AudioMilliseconds = "audio_milliseconds";
}
