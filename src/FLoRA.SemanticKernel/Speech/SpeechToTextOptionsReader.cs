using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>Options of Microsoft.Extensions.AI as settings; what is not supported is refused by name. The options are not changed.</summary>
#pragma warning disable MEAI001 // The interface is experimental.
internal static class SpeechToTextOptionsReader
{
    /// <exception cref="NotSupportedException">An option is set that is not supported; names it.</exception>
    /// <exception cref="InvalidRequestException">A value cannot be read, or a setting is given twice.</exception>
    internal static SpeechSettings Read(SpeechToTextOptions? options)
    {
        if (options is null)
            return new SpeechSettings();
        var settings = new SpeechSettings { ModelId = options.ModelId, Language = options.SpeechLanguage, SampleRate = options.SpeechSampleRate };
        settings = SpeechSettingTable.Read(settings, options.AdditionalProperties ?? []);
        if (settings.Format is TranscriptFormat.Srt or TranscriptFormat.Vtt)
            throw new NotSupportedException($"The setting '{SettingTable.ResponseFormat}' is not supported by FLoRA's speech-to-text client with subtitles; make them of the response's segments.");
        return options.TextLanguage is { } text
            ? settings with { Task = SpeechSettingTable.Once(nameof(SpeechToTextOptions.TextLanguage), settings.Task, TaskOf(settings.Language, text)) }
            : settings;
    }

    private static SpeechTask TaskOf(string? spoken, string written)
    {
        if (!SpokenLanguage.IsOpen(spoken) && string.Equals(SpokenLanguage.Primary(spoken!), SpokenLanguage.Primary(written), StringComparison.OrdinalIgnoreCase))
            return SpeechTask.Transcribe;
        return SpokenLanguage.IsEnglish(written)
            ? SpeechTask.Translate
            : throw new NotSupportedException(
                $"{nameof(SpeechToTextOptions.TextLanguage)} '{written}' is not supported by FLoRA with {nameof(SpeechToTextOptions.SpeechLanguage)} '{spoken ?? "auto"}': speech is written in its own language, or in English ('en').");
    }
}
#pragma warning restore MEAI001
