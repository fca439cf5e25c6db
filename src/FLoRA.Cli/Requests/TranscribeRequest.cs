using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Cli.Requests;

/// <summary>A request to <c>flora transcribe</c>.</summary>
/// <param name="Audio">Path of the recording.</param>
/// <param name="Options">How.</param>
internal sealed record TranscribeRequest(string Audio, TranscriptionOptions Options)
{
    private const string Translate = "translate", NoRules = "none";

    /// <summary>Reads the fields of a request.</summary>
    /// <param name="fields">Its fields.</param>
    /// <param name="folder">Where relative paths begin: the folder of the request file.</param>
    /// <exception cref="InvalidRequestException">Lists every field that is wrong or unknown.</exception>
    public static TranscribeRequest Read(FieldReader fields, string folder)
    {
        TranscriptionOptions defaults = new();
        string? adapter = fields.Text("adapter"), audio = fields.Text("audio");
        fields.Require(!string.IsNullOrEmpty(audio) || fields.HasProblems, "audio: expected the path of a recording");
        TranscriptionOptions options = new()
        {
            Adapter = adapter,
            Language = fields.Text("language"),
            AllowedLanguages = fields.Texts("allowed_languages"),
            Task = TaskOf(fields.Choice("task", "transcribe", Translate)),
            Timestamps = fields.Flag("timestamps", defaults.Timestamps),
            WordTimestamps = fields.Flag("word_timestamps"),
            Batched = fields.Flag("batched"),
            Rules = fields.Choice("rules", "default", NoRules) != NoRules,
            PromptTokens = fields.Integers("prompt_tokens"),
            Temperature = fields.Number("temperature"),
            BestOf = fields.Integer("best_of"),
            Seed = fields.LongInteger("seed"),
            BeamSize = fields.Integer("beam_size"),
            Patience = fields.Number("patience"),
            LengthPenalty = fields.Number("length_penalty"),
            InitialPrompt = fields.Text("initial_prompt"),
            CarryInitialPrompt = fields.Flag("carry_initial_prompt"),
            ConditionOnPreviousText = fields.Flag("condition_on_previous_text", defaults.ConditionOnPreviousText),
            CompressionRatioThreshold = fields.NumberOrNull("compression_ratio_threshold", defaults.CompressionRatioThreshold),
            LogprobThreshold = fields.NumberOrNull("logprob_threshold", defaults.LogprobThreshold),
            NoSpeechThreshold = fields.NumberOrNull("no_speech_threshold", defaults.NoSpeechThreshold),
            MaxNewTokens = fields.Integer("max_new_tokens"),
        };
        fields.Finish();
        return new TranscribeRequest(Path.Combine(folder, audio!), options);
    }

    /// <summary>Of one of the two words; null: transcribe.</summary>
    public static SpeechTask TaskOf(string? word) => word == Translate ? SpeechTask.Translate : SpeechTask.Transcribe;
}
