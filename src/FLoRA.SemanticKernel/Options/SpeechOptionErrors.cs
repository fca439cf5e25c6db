namespace FLoRA.SemanticKernel;

/// <summary>What is wrong with the options that only speech models have.</summary>
internal static class SpeechOptionErrors
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    internal static IEnumerable<string> Of(FloraSpeechOptions options)
    {
        HashSet<string> names = [.. AdapterSources.Of(options).Select(a => a.Name)];
        string known = names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));
        foreach (string language in options.LanguageAdapters.Keys.GroupBy(k => k, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"LanguageAdapters:{language}: given twice; languages are compared without case";
        foreach ((string language, string adapter) in options.LanguageAdapters)
        {
            if (string.IsNullOrWhiteSpace(language) || string.Equals(language, "auto", StringComparison.OrdinalIgnoreCase))
                yield return $"LanguageAdapters:{language}: expected a language such as \"cs\"";
            if (!names.Contains(adapter))
                yield return $"LanguageAdapters:{language}: adapter '{adapter}' is not registered; known adapters: {known}";
        }

        if (options.TranscribeFolder is { } folder && !Directory.Exists(folder))
            yield return $"TranscribeFolder: there is no folder '{folder}'";
        FloraAudioOptions audio = options.Audio;
        if (audio.MaxDuration <= TimeSpan.Zero || audio.MaxDuration > Longest)
            yield return $"Audio:MaxDuration: expected more than 0, at most {Longest}, got {audio.MaxDuration}";
        if (audio.MaxBytes < 1)
            yield return $"Audio:MaxBytes: expected at least 1, got {audio.MaxBytes}";
        if (audio.FfmpegTimeout <= TimeSpan.Zero || audio.FfmpegTimeout > Longest)
            yield return $"Audio:FfmpegTimeout: expected more than 0, at most {Longest}, got {audio.FfmpegTimeout}";
    }
}
