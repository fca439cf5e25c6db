using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The language of a recording by its first window, appended silence and all.</summary>
/// <param name="Language">The most probable of those that are allowed.</param>
/// <param name="Probabilities">Of all of the model, by code.</param>
internal sealed record LanguageDetection(SpeechLanguage Language, IReadOnlyDictionary<string, double> Probabilities)
{
    /// <summary>True: the options leave the language open and the model knows more than one.</summary>
    public static bool IsNeeded(SpeechModel model, TranscriptionOptions options) => model.Vocabulary.IsMultilingual && options.DetectsLanguage;

    /// <summary>The options for everything after the detection: the language and, where the options choose it by the language, the adapter stand.</summary>
    public TranscriptionOptions Settle(TranscriptionOptions options) => options with
    {
        Language = Language.Code,
        AllowedLanguages = null,
        Adapter = options.AdapterOfLanguage is { } adapterOf ? adapterOf(Language.Code) : options.Adapter,
        AdapterOfLanguage = null,
    };

    /// <summary>Asks the model.</summary>
    public static async Task<LanguageDetection> RunAsync(SpeechModel model, RecordingFeatures recording, TranscriptionOptions options, CancellationToken cancellationToken)
    {
        WindowFeatures features = WindowFeatures.Cut(recording, 0, model.WindowFrameCount, model.WindowFrameCount);
        IReadOnlyList<SpeechLanguage> languages = model.Vocabulary.Languages;
        IReadOnlyList<float> probabilities = await model.Decoder.DetectLanguageAsync(features, options.Adapter, cancellationToken).ConfigureAwait(false);
        if (probabilities.Count != languages.Count)
            throw new InvalidOperationException($"Expected {languages.Count} language probabilities, got {probabilities.Count}.");
        bool IsAllowed(SpeechLanguage language) => options.AllowedLanguages?.Contains(language.Code, StringComparer.OrdinalIgnoreCase) ?? true;
        return new LanguageDetection(
            languages.Index().Where(entry => IsAllowed(entry.Item)).MaxBy(entry => probabilities[entry.Index]).Item,
            languages.Index().ToDictionary(entry => entry.Item.Code, entry => (double)probabilities[entry.Index]));
    }
}
