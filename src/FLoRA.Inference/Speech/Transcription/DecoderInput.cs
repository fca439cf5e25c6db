namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The decoder's input of a window.</summary>
internal static class DecoderInput
{
    /// <summary>Most tokens around the text of an alignment: start, language, task, no timestamps, end.</summary>
    public const int AlignmentExtra = 5;

    /// <summary>Prompt ids that fit before a window; openai/whisper gives half the context to them and their mark.</summary>
    public static int LongestPrompt(int decoderContext) => (decoderContext / 2) - 1;

    /// <summary>Start, and for a multilingual model language and task.</summary>
    public static IReadOnlyList<int> Start(SpeechVocabulary vocabulary, SpeechLanguage? language, SpeechTask task) =>
        language is null ? [vocabulary.StartToken] : [vocabulary.StartToken, language.Token, vocabulary.TokenOf(task)!.Value];

    /// <summary>The whole input: the end of the prompt, start, language, task.</summary>
    /// <param name="vocabulary">Special tokens.</param>
    /// <param name="prompt">Ids before the window; empty: none.</param>
    /// <param name="start">What <see cref="Start"/> gave.</param>
    /// <param name="timestamps">False: <c>&lt;|notimestamps|&gt;</c> ends it.</param>
    /// <param name="decoderContext">Positions of the decoder.</param>
    public static IReadOnlyList<int> Window(SpeechVocabulary vocabulary, IReadOnlyList<int> prompt, IReadOnlyList<int> start, bool timestamps, int decoderContext)
    {
        List<int> input = [];
        if (prompt.Count > 0)
        {
            input.Add(vocabulary.PreviousToken);
            input.AddRange(prompt.TakeLast(LongestPrompt(decoderContext)));
        }

        input.AddRange(start);
        if (!timestamps)
            input.Add(vocabulary.NoTimestampsToken);
        return input;
    }
}
