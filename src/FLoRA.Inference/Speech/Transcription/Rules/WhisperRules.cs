namespace FLoRA.Inference.Speech.Transcription.Rules;

/// <summary>The rules of openai/whisper in its order.</summary>
internal static class WhisperRules
{
    /// <summary>Rules of one model; to be applied one after the other at every step.</summary>
    /// <param name="vocabulary">Its special tokens.</param>
    /// <param name="timestamps">False: the decoder's input ends with <c>&lt;|notimestamps|&gt;</c>, and the text has no times.</param>
    public static IReadOnlyList<TokenRule> For(SpeechVocabulary vocabulary, bool timestamps)
    {
        TokenRule begin = new BeginSuppressRule(vocabulary.BeginSuppressTokens), suppress = new SuppressRule(vocabulary.SuppressTokens);
        return timestamps ? [begin, suppress, new TimestampRule(vocabulary)] : [begin, suppress];
    }
}
