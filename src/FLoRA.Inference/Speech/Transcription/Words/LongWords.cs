namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>
/// The alignment gives pauses to the words beside them. openai/whisper shortens such words by the median length of a word; so does this, in its order.
/// </summary>
/// <param name="medianSeconds">Median length of the window's words, at most 0.7.</param>
internal sealed class LongWords(double medianSeconds)
{
    private const string SentenceEnds = ".。!！?？";

    /// <summary>A segment's own time is preferred where the word goes beyond it by more than this.</summary>
    private const double ToleranceSeconds = 0.5;

    private const double LongestMedianSeconds = 0.7;

    private readonly double _most = 2 * medianSeconds;

    /// <summary>The limits for the words of a window.</summary>
    public static LongWords For(IReadOnlyList<WordTiming> words)
    {
        double[] lengths = [.. words.Select(word => word.DurationSeconds).Where(length => length != 0).Order()];
        double median = lengths.Length == 0 ? 0 : (lengths[(lengths.Length - 1) / 2] + lengths[lengths.Length / 2]) / 2;
        return new LongWords(Math.Min(LongestMedianSeconds, median));
    }

    /// <summary>Shortens the marks that end sentences and the words behind them. Before the marks go to their words.</summary>
    public void ShortenAtSentences(IReadOnlyList<WordTiming> words)
    {
        for (int i = 1; i < words.Count; i++)
        {
            if (!(words[i].DurationSeconds > _most))
                continue;
            if (SentenceEnds.Contains(words[i].Text, StringComparison.Ordinal))
                words[i].EndSeconds = words[i].StartSeconds + _most;
            else if (SentenceEnds.Contains(words[i - 1].Text, StringComparison.Ordinal))
                words[i].StartSeconds = words[i].EndSeconds - _most;
        }
    }

    /// <summary>Shortens the first two words after a pause.</summary>
    /// <param name="words">Words of one segment, at least one; times from the recording's start.</param>
    /// <param name="lastSpeechSeconds">Where the speech before them ended.</param>
    public void ShortenAfterPause(IReadOnlyList<WordTiming> words, double lastSpeechSeconds)
    {
        WordTiming first = words[0];
        WordTiming? second = words.Count > 1 ? words[1] : null;
        bool isLong = first.DurationSeconds > _most || (second is not null && second.EndSeconds - first.StartSeconds > 2 * _most);
        if (!(first.EndSeconds - lastSpeechSeconds > 4 * medianSeconds) || !isLong)
            return;
        if (second is not null && second.DurationSeconds > _most)
            first.EndSeconds = second.StartSeconds = Math.Max(second.EndSeconds / 2, second.EndSeconds - _most);
        first.StartSeconds = Math.Max(0, first.EndSeconds - _most);
    }

    /// <summary>Words and segment take over each other's outer times.</summary>
    /// <param name="segment">A segment with at least one word.</param>
    public void Settle(SegmentDraft segment)
    {
        WordTiming first = segment.Words[0], last = segment.Words[^1];
        if (segment.StartSeconds < first.EndSeconds && segment.StartSeconds - ToleranceSeconds > first.StartSeconds)
            first.StartSeconds = Math.Max(0, Math.Min(first.EndSeconds - medianSeconds, segment.StartSeconds));
        else
            segment.StartSeconds = first.StartSeconds;
        if (segment.EndSeconds > last.StartSeconds && segment.EndSeconds + ToleranceSeconds < last.EndSeconds)
            last.EndSeconds = Math.Max(last.StartSeconds + medianSeconds, segment.EndSeconds);
        else
            segment.EndSeconds = last.EndSeconds;
    }
}
