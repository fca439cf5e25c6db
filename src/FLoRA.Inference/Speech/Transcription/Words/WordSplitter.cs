using FLoRA.Inference.Text;

namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>Tokens that make up one word.</summary>
/// <param name="Text">With a leading space, if it has one.</param>
/// <param name="Tokens">At least one.</param>
internal sealed record WordTokens(string Text, IReadOnlyList<int> Tokens);

/// <summary>Cuts text tokens into words: at spaces and punctuation marks, in languages without spaces at every character.</summary>
internal sealed class WordSplitter(Tokenizer tokenizer, SpeechVocabulary vocabulary)
{
    private const char Replacement = '\uFFFD';

    private const string AsciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private static readonly string[] WithoutSpaces = ["zh", "ja", "th", "lo", "my", "yue"];

    /// <summary>Cuts tokens; the words have all of them.</summary>
    /// <param name="tokens">Text tokens; a special one begins a word.</param>
    /// <param name="language">Language of the text; null: one with spaces.</param>
    public IReadOnlyList<WordTokens> Split(IReadOnlyList<int> tokens, string? language)
    {
        IReadOnlyList<WordTokens> characters = SplitCharacters(tokens);
        return WithoutSpaces.Contains(language) ? characters : JoinWords(characters);
    }

    /// <summary>The shortest runs of tokens that are whole characters.</summary>
    private List<WordTokens> SplitCharacters(IReadOnlyList<int> tokens)
    {
        string all = SpeechText.OfAll(tokenizer, tokens);
        List<WordTokens> runs = [];
        List<int> run = [];
        int offset = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            run.Add(tokens[i]);
            string text = SpeechText.OfAll(tokenizer, run);
            int cut = text.IndexOf(Replacement, StringComparison.Ordinal);
            // A replacement that stands in the whole text, too, is no character that the next token completes.
            bool isWhole = cut < 0 || offset + cut >= all.Length || all[offset + cut] == Replacement;
            if (!isWhole && i < tokens.Count - 1)
                continue;
            runs.Add(new WordTokens(text, run));
            run = [];
            offset += text.Length;
        }

        return runs;
    }

    private List<WordTokens> JoinWords(IReadOnlyList<WordTokens> characters)
    {
        List<WordTokens> words = [];
        foreach (WordTokens part in characters)
        {
            bool isMark = AsciiPunctuation.Contains(part.Text.Trim(), StringComparison.Ordinal);
            if (words.Count == 0 || isMark || part.Text.StartsWith(' ') || !vocabulary.IsText(part.Tokens[0]))
                words.Add(part);
            else
                words[^1] = new WordTokens(words[^1].Text + part.Text, [.. words[^1].Tokens, .. part.Tokens]);
        }

        return words;
    }
}
