namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>Punctuation marks go to their words. The words keep their times; a mark that went has no text and no tokens.</summary>
internal static class PunctuationMerge
{
    /// <summary>Merges in place.</summary>
    /// <param name="words">Words of a window.</param>
    /// <param name="prepended">Marks that belong to the word behind them.</param>
    /// <param name="appended">Marks that belong to the word before them.</param>
    public static void Apply(List<WordTiming> words, string prepended, string appended)
    {
        int following = words.Count - 1;
        for (int i = words.Count - 2; i >= 0; i--)
        {
            if (words[i].Text.StartsWith(' ') && prepended.Contains(words[i].Text.Trim(), StringComparison.Ordinal))
                Move(words[i], words[following], words[i].Text + words[following].Text);
            else
                following = i;
        }

        int previous = 0;
        for (int i = 1; i < words.Count; i++)
        {
            if (!words[previous].Text.EndsWith(' ') && appended.Contains(words[i].Text, StringComparison.Ordinal))
                Move(words[i], words[previous], words[previous].Text + words[i].Text);
            else
                previous = i;
        }
    }

    private static void Move(WordTiming mark, WordTiming word, string text)
    {
        word.Text = text;
        word.TokenCount += mark.TokenCount;
        mark.Text = "";
        mark.TokenCount = 0;
    }
}
