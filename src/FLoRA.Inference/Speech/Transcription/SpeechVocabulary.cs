namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The ids of a Whisper model that mean something besides text. Immutable.</summary>
internal sealed record SpeechVocabulary
{
    /// <summary>Timestamp tokens count steps of two frames: 0.02 s.</summary>
    public const int FramesPerTimestamp = 2;

    /// <summary>True: the decoder's input names language and task. False (English only): it names neither.</summary>
    public required bool IsMultilingual { get; init; }

    /// <summary>Ends a window; every smaller id is text.</summary>
    public required int EndToken { get; init; }

    /// <summary><c>&lt;|startoftranscript|&gt;</c>.</summary>
    public required int StartToken { get; init; }

    /// <summary><c>&lt;|startofprev|&gt;</c>, which begins the prompt.</summary>
    public required int PreviousToken { get; init; }

    /// <summary><c>&lt;|notimestamps|&gt;</c>.</summary>
    public required int NoTimestampsToken { get; init; }

    /// <summary><c>&lt;|transcribe|&gt;</c>; null: English only.</summary>
    public int? TranscribeToken { get; init; }

    /// <summary><c>&lt;|translate|&gt;</c>; null: English only.</summary>
    public int? TranslateToken { get; init; }

    /// <summary><c>&lt;|nospeech|&gt;</c>, in older models <c>&lt;|nocaptions|&gt;</c>; null: the model has none.</summary>
    public int? NoSpeechToken { get; init; }

    /// <summary>Languages in the order of their tokens; empty: English only.</summary>
    public IReadOnlyList<SpeechLanguage> Languages { get; init; } = [];

    /// <summary>Ids that are never sampled, ascending: those that the folder lists and the special tokens that only an input has.</summary>
    public required IReadOnlyList<int> SuppressTokens { get; init; }

    /// <summary>Ids that are not sampled first: a blank and the end.</summary>
    public required IReadOnlyList<int> BeginSuppressTokens { get; init; }

    /// <summary>Latest first timestamp, in steps; null: no limit.</summary>
    public int? MaxInitialTimestampIndex { get; init; } = 50;

    /// <summary>Attention heads that follow the time, (layer, head); null: the folder lists none.</summary>
    public IReadOnlyList<(int Layer, int Head)>? AlignmentHeads { get; init; }

    /// <summary><c>&lt;|0.00|&gt;</c>: this and every higher id is a time.</summary>
    public int TimestampBegin => NoTimestampsToken + 1;

    /// <summary>Token of a language; null: the model does not know it.</summary>
    /// <param name="code">As the model has it, in any case.</param>
    public SpeechLanguage? Find(string code) => Languages.FirstOrDefault(language => string.Equals(language.Code, code, StringComparison.OrdinalIgnoreCase));

    /// <summary>Token of a task; null: English only.</summary>
    public int? TokenOf(SpeechTask task) => task == SpeechTask.Translate ? TranslateToken : TranscribeToken;

    /// <summary>True for times.</summary>
    public bool IsTimestamp(int token) => token >= TimestampBegin;

    /// <summary>True for what is written, false for special tokens and times.</summary>
    public bool IsText(int token) => token < EndToken;
}

/// <summary>A language of a model.</summary>
/// <param name="Code">Such as "en".</param>
/// <param name="Token">Its id.</param>
internal sealed record SpeechLanguage(string Code, int Token);
