namespace FLoRA.SemanticKernel;

/// <summary>The readers of the two sections.</summary>
internal static class SectionReaders
{
    /// <summary>"Flora".</summary>
    internal static SectionReader<FloraOptions> Text { get; } = new(new Dictionary<string, KeyReader<FloraOptions>>
    {
        [nameof(FloraOptions.InfillForm)] = (r, s, o) => o.InfillForm = r.Text(s) is { Length: > 0 } form ? form : null,
        [nameof(FloraOptions.PrefixCache)] = (r, s, o) => o.PrefixCache = r.Flag(s) ?? o.PrefixCache,
    });

    /// <summary>"FloraSpeech".</summary>
    internal static SectionReader<FloraSpeechOptions> Speech { get; } = new(new Dictionary<string, KeyReader<FloraSpeechOptions>>
    {
        [nameof(FloraSpeechOptions.LanguageAdapters)] = (r, s, o) => r.Map(s, o.LanguageAdapters),
        [nameof(FloraSpeechOptions.TranscribeFolder)] = (r, s, o) => o.TranscribeFolder = r.Text(s) is { Length: > 0 } folder ? folder : null,
        ["Audio:MaxDuration"] = (r, s, o) => o.Audio.MaxDuration = r.Time(s) ?? o.Audio.MaxDuration,
        ["Audio:MaxBytes"] = (r, s, o) => o.Audio.MaxBytes = r.LongNumber(s) ?? o.Audio.MaxBytes,
        ["Audio:UseFfmpeg"] = (r, s, o) => o.Audio.UseFfmpeg = r.Flag(s) ?? o.Audio.UseFfmpeg,
        ["Audio:FfmpegPath"] = (r, s, o) => o.Audio.FfmpegPath = r.Text(s) is { Length: > 0 } path ? path : null,
        ["Audio:FfmpegTimeout"] = (r, s, o) => o.Audio.FfmpegTimeout = r.Time(s) ?? o.Audio.FfmpegTimeout,
    });
}
