using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.SemanticKernel;

/// <summary>The settings of one transcription, whatever they came from; null: not given.</summary>
internal sealed record SpeechSettings
{
    private static readonly TranscriptionOptions Defaults = new();

    internal string? AdapterId { get; init; }

    /// <summary>As the caller wrote it: the model's own id or an adapter's name.</summary>
    internal string? ModelId { get; init; }

    /// <summary>As the caller wrote it, such as "pt-BR"; "auto" or null: to be detected.</summary>
    internal string? Language { get; init; }

    internal IReadOnlyList<string>? AllowedLanguages { get; init; }

    internal SpeechTask? Task { get; init; }

    internal string? Prompt { get; init; }

    internal bool? CarryPrompt { get; init; }

    internal bool? ConditionOnPreviousText { get; init; }

    internal bool? Timestamps { get; init; }

    internal bool? WordTimestamps { get; init; }

    internal bool? Batched { get; init; }

    internal double? Temperature { get; init; }

    internal int? BestOf { get; init; }

    internal int? BeamSize { get; init; }

    internal double? Patience { get; init; }

    internal double? LengthPenalty { get; init; }

    internal double? CompressionRatioThreshold { get; init; }

    internal double? LogprobThreshold { get; init; }

    internal double? NoSpeechThreshold { get; init; }

    internal int? MaxTokens { get; init; }

    internal long? Seed { get; init; }

    internal TranscriptFormat? Format { get; init; }

    /// <summary>What the recording has to have; null: whatever it has.</summary>
    internal int? SampleRate { get; init; }

    /// <summary>The options without adapter and languages.</summary>
    internal TranscriptionOptions ToOptions() => new()
    {
        Task = Task ?? Defaults.Task,
        InitialPrompt = Prompt,
        CarryInitialPrompt = CarryPrompt ?? Defaults.CarryInitialPrompt,
        ConditionOnPreviousText = ConditionOnPreviousText ?? Defaults.ConditionOnPreviousText,
        Timestamps = Timestamps ?? Defaults.Timestamps,
        WordTimestamps = WordTimestamps ?? Defaults.WordTimestamps,
        Batched = Batched ?? Defaults.Batched,
        Temperature = Temperature,
        BestOf = BestOf,
        BeamSize = BeamSize,
        Patience = Patience,
        LengthPenalty = LengthPenalty,
        CompressionRatioThreshold = CompressionRatioThreshold ?? Defaults.CompressionRatioThreshold,
        LogprobThreshold = LogprobThreshold ?? Defaults.LogprobThreshold,
        NoSpeechThreshold = NoSpeechThreshold ?? Defaults.NoSpeechThreshold,
        MaxNewTokens = MaxTokens,
        Seed = Seed,
    };
}

/// <summary>How a transcript is written.</summary>
internal enum TranscriptFormat
{
    /// <summary>What was said.</summary>
    Text,

    /// <summary>SubRip.</summary>
    Srt,

    /// <summary>WebVTT.</summary>
    Vtt,
}
