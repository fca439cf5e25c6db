namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>Attention to words with times, from the window's start.</summary>
internal static class WordAlignment
{
    /// <summary>Positions of the encoder per second.</summary>
    private const double PositionsPerSecond = 50;

    /// <summary>Times of the words of one window.</summary>
    /// <param name="scores">Attention of special tokens, text and end token.</param>
    /// <param name="textBegin">Index of the first text token; the row before it belongs to <c>&lt;|notimestamps|&gt;</c>, after which the text is said.</param>
    /// <param name="words">Words of the text, with all its tokens.</param>
    /// <param name="contentFrameCount">Frames of the recording in the window.</param>
    public static List<WordTiming> Of(AlignmentScores scores, int textBegin, IReadOnlyList<WordTokens> words, int contentFrameCount)
    {
        int textCount = words.Sum(word => word.Tokens.Count), positions = Math.Min(contentFrameCount / 2, scores.PositionCount);
        if (scores.TokenCount != textBegin + textCount + 1 || scores.TextProbabilities.Count != textCount
            || scores.Scores.Length != (long)scores.HeadCount * scores.TokenCount * scores.PositionCount)
        {
            throw new InvalidOperationException($"Expected the attention of {textBegin} + {textCount} + 1 tokens and {textCount} probabilities, got {scores.TokenCount} and {scores.TextProbabilities.Count}.");
        }

        // One row more than there are text tokens: a word ends where the row after its last token begins.
        int[] begins = TimeWarping.FirstColumns(AttentionMap.Of(scores, positions), textBegin - 1, textCount + 1);
        List<WordTiming> timings = [];
        int token = 0;
        foreach (WordTokens word in words)
        {
            int next = token + word.Tokens.Count;
            timings.Add(new WordTiming
            {
                Text = word.Text,
                TokenCount = word.Tokens.Count,
                StartSeconds = begins[token] / PositionsPerSecond,
                EndSeconds = begins[next] / PositionsPerSecond,
                Probability = scores.TextProbabilities.Skip(token).Take(word.Tokens.Count).Average(),
            });
            token = next;
        }

        return timings;
    }
}
