using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.SemanticKernel;

/// <summary>Which adapter transcribes: that of the settings, of the function, of the language, the default one, else the base model.</summary>
internal static class SpeechRoute
{
    /// <summary>The whole options of a call; wrong ones throw here, before any work.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidRequestException">The settings contradict themselves, or name none where one is required.</exception>
    internal static TranscriptionOptions Resolve(SpeechCall call, SpeechRuntime runtime, LoadedEngine engine, SpeechTranscriber speech)
    {
        SpeechSettings settings = call.Settings;
        FloraSpeechOptions options = runtime.Options;
        AdapterNames known = engine.AdapterNames;
        string? language = SpokenLanguage.IsOpen(settings.Language) ? null : settings.Language;
        TranscriptionOptions resolved = settings.ToOptions() with
        {
            Language = language is null ? null : SpokenLanguage.InModel(language, speech.Languages),
            AllowedLanguages = settings.AllowedLanguages?.Select(allowed => SpokenLanguage.InModel(allowed, speech.Languages)).ToArray(),
        };
        string? adapter = AdapterChoice.Named(settings.AdapterId, settings.ModelId, runtime.ModelId, known, call.FunctionName)
            ?? (call.Function is { } function ? runtime.FunctionAdapters.Find(function.PluginName, function.Name) : null);
        if (adapter is null && language is null && speech.Languages.Count > 0 && (options.LanguageAdapters.Count > 0 || call.ChoosesByCard))
            resolved = resolved with { AdapterOfLanguage = Of };
        else
            resolved = resolved with { Adapter = adapter is null ? Of(language ?? "en") : AdapterChoice.OrDefault(adapter, options, known, call.FunctionName) };
        speech.Validate(resolved);
        return resolved;

        string? Of(string spoken) => AdapterChoice.OrDefault(
            SpokenLanguage.AdapterOf(spoken, options.LanguageAdapters) ?? (call.ChoosesByCard ? ByCard(spoken, engine.Adapters) : null), options, known, call.FunctionName);
    }

    private static string? ByCard(string spoken, IEnumerable<AdapterInfo> adapters) => adapters
        .OrderBy(adapter => adapter.Name, StringComparer.Ordinal)
        .Where(adapter => adapter.Card.Languages.Contains(SpokenLanguage.Primary(spoken), StringComparer.OrdinalIgnoreCase))
        .MaxBy(adapter => adapter.ParameterCount)?.Name;
}
