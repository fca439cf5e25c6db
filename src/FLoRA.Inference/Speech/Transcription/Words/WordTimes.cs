namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>Gives the segments of one window their words, and both each other's times.</summary>
/// <param name="model">The model that wrote them.</param>
/// <param name="options">Options of the request.</param>
internal sealed class WordTimes(SpeechModel model, TranscriptionOptions options)
{
    private readonly WordSplitter _splitter = new(model.Tokenizer, model.Vocabulary);

    /// <summary>Aligns the text of the segments and sets their words and times.</summary>
    /// <param name="segments">Segments of one window.</param>
    /// <param name="window">What they were written from.</param>
    /// <param name="lastSpeechSeconds">Where the speech before them ended.</param>
    /// <param name="cancellationToken">Cancels the alignment.</param>
    public async Task AddAsync(IReadOnlyList<SegmentDraft> segments, AlignedWindow window, double lastSpeechSeconds, CancellationToken cancellationToken)
    {
        int[] textCounts = [.. segments.Select(segment => segment.Tokens.Count(model.Vocabulary.IsText))];
        int[] text = [.. segments.SelectMany(segment => segment.Tokens.Where(model.Vocabulary.IsText))];
        if (text.Length == 0)
            return;

        int[] before = [.. window.Start, model.Vocabulary.NoTimestampsToken];
        AlignmentRequest request = new() { Features = window.Features, Tokens = [.. before, .. text, model.Vocabulary.EndToken], TextBegin = before.Length, Adapter = options.Adapter };
        AlignmentScores scores = await model.Decoder.AlignAsync(request, cancellationToken).ConfigureAwait(false);
        List<WordTiming> words = WordAlignment.Of(scores, before.Length, _splitter.Split(text, window.Language), window.ContentFrameCount);
        LongWords limits = LongWords.For(words);
        limits.ShortenAtSentences(words);
        PunctuationMerge.Apply(words, options.PrependPunctuations, options.AppendPunctuations);
        Distribute(segments, textCounts, words, window.OffsetSeconds);
        foreach (SegmentDraft segment in segments.Where(segment => segment.Words.Count > 0))
        {
            limits.ShortenAfterPause(segment.Words, lastSpeechSeconds);
            limits.Settle(segment);
            lastSpeechSeconds = segment.EndSeconds;
        }
    }

    /// <summary>A word goes to the segment in which it begins, so it may run over a border.</summary>
    private static void Distribute(IReadOnlyList<SegmentDraft> segments, int[] textCounts, List<WordTiming> words, double offsetSeconds)
    {
        foreach (WordTiming word in words)
        {
            word.StartSeconds = Math.Round(offsetSeconds + word.StartSeconds, 2);
            word.EndSeconds = Math.Round(offsetSeconds + word.EndSeconds, 2);
        }

        int next = 0;
        for (int i = 0; i < segments.Count; i++)
        {
            List<WordTiming> own = [];
            for (int taken = 0; next < words.Count && taken < textCounts[i]; next++)
            {
                if (words[next].Text.Length > 0)
                    own.Add(words[next]);
                taken += words[next].TokenCount;
            }

            segments[i].Words = own;
        }
    }
}

/// <summary>The window whose text is aligned.</summary>
/// <param name="Features">Its features.</param>
/// <param name="Start">Start, language and task of the decoder's input.</param>
/// <param name="Language">Language of the text; null: English-only model.</param>
/// <param name="ContentFrameCount">Frames of the recording in it.</param>
/// <param name="OffsetSeconds">Its start in the recording.</param>
internal sealed record AlignedWindow(WindowFeatures Features, IReadOnlyList<int> Start, string? Language, int ContentFrameCount, double OffsetSeconds);
