using FLoRA.Inference.Speech.Transcription;
using static FLoRA.Inference.Tests.Speech.Transcription.SpeechData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>Wrong options are refused by name, all at once, before any work.</summary>
public sealed class TranscriptionValidationTests
{
    private static readonly int[] Input = [601];

    public static TheoryData<string, TranscriptionOptions> Wrong => new()
    {
        { "language 'xx' is not one of the model's; expected auto or one of ar, cs, de, en, es, hi, kk, lt, mr", new() { Language = "xx" } },
        { "language '' is not one", new() { Language = "" } },
        { "allowed_languages has 'xx'", new() { AllowedLanguages = ["en", "xx"] } },
        { "allowed_languages is empty", new() { AllowedLanguages = [] } },
        { "language 'en' switches that off", new() { Language = "en", AllowedLanguages = ["en"] } },
        { "task must be transcribe or translate", new() { Task = (SpeechTask)7 } },
        { "initial_prompt is blank", new() { InitialPrompt = " " } },
        { "carry_initial_prompt needs initial_prompt", new() { CarryInitialPrompt = true } },
        { "prompt_tokens must have 1 to 128 ids, got 0", new() { PromptTokens = [] } },
        { "prompt_tokens must have 1 to 128 ids, got 129", new() { PromptTokens = new int[129] } },
        { "prompt_tokens has <|notimestamps|>", new() { PromptTokens = [601, 616] } },
        { "language has no effect with prompt_tokens", new() { PromptTokens = Input, Language = "en" } },
        { "task has no effect with prompt_tokens", new() { PromptTokens = Input, Task = SpeechTask.Translate } },
        { "initial_prompt has no effect with prompt_tokens", new() { PromptTokens = Input, InitialPrompt = "x" } },
        { "condition_on_previous_text has no effect with prompt_tokens", new() { PromptTokens = Input, ConditionOnPreviousText = true } },
        { "word_timestamps has no effect with prompt_tokens", new() { PromptTokens = Input, WordTimestamps = true } },
        { "batched has no effect with prompt_tokens", new() { PromptTokens = Input, Batched = true } },
        { "condition_on_previous_text needs one window after the other; batched decodes all at once", new() { Batched = true, ConditionOnPreviousText = true } },
        { "temperature must be 0 (greedy) or a positive number, got -1", new() { Temperature = -1 } },
        { "temperature must be", new() { Temperature = double.NaN } },
        { "best_of must be at least 1, got 0", new() { BestOf = 0 } },
        { "best_of needs a temperature above 0", new() { BestOf = 2, Temperature = 0 } },
        { "beam_size must be at least 1, got 0", new() { BeamSize = 0 } },
        { "beam_size needs temperature 0", new() { BeamSize = 2, Temperature = 0.5 } },
        { "patience (1.5) needs beam_size", new() { Patience = 1.5 } },
        { "patience must be such that beam_size (2) x patience is at least 1, got 0.1", new() { BeamSize = 2, Patience = 0.1 } },
        { "patience must be", new() { BeamSize = 2, Patience = double.NaN } },
        { "length_penalty must be from 0 to 1, got 1.5", new() { LengthPenalty = 1.5 } },
        { "length_penalty must be", new() { LengthPenalty = double.NaN } },
        { "max_new_tokens must be from 1 to 128", new() { MaxNewTokens = 0 } },
        { "max_new_tokens must be from 1 to 128", new() { MaxNewTokens = 129 } },
        { "max_new_tokens must be at most 123 with word_timestamps", new() { MaxNewTokens = 124, WordTimestamps = true } },
        { "no_speech_threshold must be a finite number, or null for off", new() { NoSpeechThreshold = double.NaN } },
        { "logprob_threshold must be", new() { LogprobThreshold = double.NegativeInfinity } },
        { "compression_ratio_threshold must be", new() { CompressionRatioThreshold = double.PositiveInfinity } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Each_wrong_option_is_named(string message, TranscriptionOptions options) =>
        Assert.Contains(message, Refusal(options, Vocabulary), StringComparison.Ordinal);

    [Theory]
    [InlineData("de", "language 'de' is not one of the model's; expected auto or one of en (the model is English-only)")]
    [InlineData("en", null)]
    [InlineData("EN", null)]
    [InlineData("auto", null)]
    public void An_english_only_model_knows_english(string language, string? message)
    {
        TranscriptionOptions options = new() { Language = language };
        if (message is null)
            Transcriber(new ScriptedWindowDecoder(), EnglishOnly).Start(Features(1), options);
        else
            Assert.Contains(message, Refusal(options, EnglishOnly), StringComparison.Ordinal);
    }

    [Fact]
    public void An_english_only_model_does_not_translate() =>
        Assert.Contains("task translate needs a multilingual model", Refusal(new() { Task = SpeechTask.Translate }, EnglishOnly), StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_listed_at_once()
    {
        string message = Refusal(new() { Language = "xx", Patience = 2, BestOf = 0 }, Vocabulary);
        Assert.Contains("language 'xx'", message, StringComparison.Ordinal);
        Assert.Contains("patience (2)", message, StringComparison.Ordinal);
        Assert.Contains("best_of", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Beams_and_candidates_go_together_where_temperatures_rise() =>
        Transcriber(new ScriptedWindowDecoder()).Start(Features(1), new() { BeamSize = 5, Patience = 1, BestOf = 5, LengthPenalty = 1, WordTimestamps = true, Task = SpeechTask.Translate });

    private static string Refusal(TranscriptionOptions options, SpeechVocabulary vocabulary) =>
        Assert.Throws<InvalidRequestException>(() => Transcriber(new ScriptedWindowDecoder(), vocabulary).Start(Features(1), options)).Message;
}
