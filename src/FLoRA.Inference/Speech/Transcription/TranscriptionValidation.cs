using System.Globalization;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The one place that says which transcription options are possible.</summary>
internal static class TranscriptionValidation
{
    /// <exception cref="InvalidRequestException">Lists everything that is wrong with <paramref name="options"/>.</exception>
    public static void Validate(TranscriptionOptions options, SpeechVocabulary vocabulary, int decoderContext)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> problems = [.. Languages(options, vocabulary), .. Prompts(options, vocabulary, decoderContext), .. Sampling(options, decoderContext), .. Thresholds(options)];
        if (problems.Count > 0)
            throw new InvalidRequestException($"The transcription options are wrong: {string.Join("; ", problems)}.");
    }

    private static IEnumerable<string> Languages(TranscriptionOptions options, SpeechVocabulary vocabulary)
    {
        string known = vocabulary.IsMultilingual ? string.Join(", ", vocabulary.Languages.Select(language => language.Code).Order(StringComparer.Ordinal)) : "en (the model is English-only)";
        bool Knows(string? code) => code is not null && (vocabulary.IsMultilingual ? vocabulary.Find(code) is not null : string.Equals(code, "en", StringComparison.OrdinalIgnoreCase));
        if (!options.DetectsLanguage && !Knows(options.Language))
            yield return $"language '{options.Language}' is not one of the model's; expected auto or one of {known}";
        foreach (string? code in options.AllowedLanguages ?? [])
        {
            if (!Knows(code))
                yield return $"allowed_languages has '{code}', which is not one of the model's: {known}";
        }

        if (options.AllowedLanguages is { Count: 0 })
            yield return "allowed_languages is empty; at least one language is needed";
        if (options.AllowedLanguages is not null && !options.DetectsLanguage)
            yield return $"allowed_languages is for the detection; language '{options.Language}' switches that off";
        if (options.AdapterOfLanguage is not null && !(options.DetectsLanguage && vocabulary.IsMultilingual))
            yield return "an adapter by detected language needs a language that is to be detected (auto) and a multilingual model";
        if (!Enum.IsDefined(options.Task))
            yield return $"task must be transcribe or translate, got {options.Task}";
        if (options.Task == SpeechTask.Translate && !vocabulary.IsMultilingual)
            yield return "task translate needs a multilingual model; this one is English-only";
    }

    private static IEnumerable<string> Prompts(TranscriptionOptions options, SpeechVocabulary vocabulary, int decoderContext)
    {
        if (options.InitialPrompt is { } prompt && string.IsNullOrWhiteSpace(prompt))
            yield return "initial_prompt is blank; expected text";
        if (options.CarryInitialPrompt && options.InitialPrompt is null)
            yield return "carry_initial_prompt needs initial_prompt";
        if (options is { Batched: true, ConditionOnPreviousText: true })
            yield return "condition_on_previous_text needs one window after the other; batched decodes all at once";
        if (options.PromptTokens is not { } tokens)
            yield break;
        if (tokens.Count == 0 || tokens.Count > decoderContext)
            yield return $"prompt_tokens must have 1 to {decoderContext} ids, got {tokens.Count}";
        if (options.Timestamps && options.Rules && tokens.Contains(vocabulary.NoTimestampsToken))
            yield return $"prompt_tokens has <|notimestamps|> ({vocabulary.NoTimestampsToken}), but timestamps is true";
        (string Name, bool Given)[] others =
        [
            ("language", options.Language is not null), ("allowed_languages", options.AllowedLanguages is not null),
            ("an adapter by detected language", options.AdapterOfLanguage is not null), ("task", options.Task != SpeechTask.Transcribe),
            ("initial_prompt", options.InitialPrompt is not null), ("condition_on_previous_text", options.ConditionOnPreviousText), ("word_timestamps", options.WordTimestamps),
            ("batched", options.Batched),
        ];
        foreach ((string name, bool given) in others)
        {
            if (given)
                yield return $"{name} has no effect with prompt_tokens, which is the whole input of one window";
        }
    }

    private static IEnumerable<string> Sampling(TranscriptionOptions options, int decoderContext)
    {
        double? temperature = options.Temperature;
        if (temperature is { } given && !(double.IsFinite(given) && given >= 0))
            yield return Expected("temperature", "0 (greedy) or a positive number", given);
        if (options.BestOf is < 1)
            yield return Expected("best_of", "at least 1", options.BestOf.Value);
        if (options.BestOf is not null && temperature == 0)
            yield return "best_of needs a temperature above 0; at 0 all candidates are the same";
        if (options.BeamSize is < 1)
            yield return Expected("beam_size", "at least 1", options.BeamSize.Value);
        if (options.BeamSize is not null && temperature > 0)
            yield return "beam_size needs temperature 0 or none";
        if (options.Patience is { } patience && options.BeamSize is not { } beams)
            yield return $"patience ({patience.ToString(CultureInfo.InvariantCulture)}) needs beam_size";
        else if (options is { Patience: { } waits, BeamSize: { } width } && !(Math.Round(width * waits) is >= 1 and <= int.MaxValue))
            yield return Expected("patience", $"such that beam_size ({width}) x patience is at least 1", waits);
        if (options.LengthPenalty is { } penalty && penalty is not (>= 0 and <= 1))
            yield return Expected("length_penalty", "from 0 to 1", penalty);
        if (options.MaxNewTokens is { } most && (most < 1 || most > decoderContext))
            yield return Expected("max_new_tokens", $"from 1 to {decoderContext}, the decoder's context", most);
        else if (options.WordTimestamps && options.MaxNewTokens > decoderContext - DecoderInput.AlignmentExtra)
            yield return Expected("max_new_tokens", $"at most {decoderContext - DecoderInput.AlignmentExtra} with word_timestamps", options.MaxNewTokens.Value);
    }

    private static IEnumerable<string> Thresholds(TranscriptionOptions options)
    {
        (string Name, double? Value)[] thresholds =
        [
            ("compression_ratio_threshold", options.CompressionRatioThreshold), ("logprob_threshold", options.LogprobThreshold), ("no_speech_threshold", options.NoSpeechThreshold),
        ];
        foreach ((string name, double? value) in thresholds)
        {
            if (value is { } given && !double.IsFinite(given))
                yield return Expected(name, "a finite number, or null for off", given);
        }
    }

    private static string Expected(string name, string expected, double got) => string.Create(CultureInfo.InvariantCulture, $"{name} must be {expected}, got {got}");
}
