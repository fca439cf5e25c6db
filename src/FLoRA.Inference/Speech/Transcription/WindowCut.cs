namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Part of a window's tokens that becomes a segment.</summary>
/// <param name="StartFrames">From the window's start.</param>
/// <param name="EndFrames">From the window's start.</param>
/// <param name="Tokens">Its tokens, times included.</param>
internal sealed record WindowPiece(int StartFrames, int EndFrames, IReadOnlyList<int> Tokens);

/// <summary>How the tokens of a window fall into segments, and where the next window begins.</summary>
/// <param name="Pieces">In order, inside the window, one not before the other.</param>
/// <param name="AdvanceFrames">Frames from this window's start to the next one's; at least 1.</param>
/// <param name="EndsWithSingleTime">True: nothing was said after the last time.</param>
internal sealed record WindowCut(IReadOnlyList<WindowPiece> Pieces, int AdvanceFrames, bool EndsWithSingleTime)
{
    /// <summary>Cuts between two neighbouring times. What follows the last pair is left to the next window, unless the window ends with text and one time.</summary>
    /// <param name="tokens">Sampled tokens; under the rules or not.</param>
    /// <param name="vocabulary">Special tokens.</param>
    /// <param name="contentFrameCount">Frames of the recording in this window, at least 1.</param>
    /// <param name="windowFrameCount">Frames of a full window.</param>
    public static WindowCut Of(IReadOnlyList<int> tokens, SpeechVocabulary vocabulary, int contentFrameCount, int windowFrameCount)
    {
        bool IsTime(int place) => vocabulary.IsTimestamp(tokens[place]);
        int last = windowFrameCount / SpeechVocabulary.FramesPerTimestamp;
        int StepOf(int token, int earliest) => Math.Clamp(token - vocabulary.TimestampBegin, earliest, last);

        bool single = tokens.Count >= 2 && !IsTime(tokens.Count - 2) && IsTime(tokens.Count - 1);
        List<int> ends = [.. Enumerable.Range(1, Math.Max(0, tokens.Count - 1)).Where(place => IsTime(place - 1) && IsTime(place))];
        if (ends.Count == 0)
            return new WindowCut([Whole(tokens, vocabulary, contentFrameCount, last)], contentFrameCount, single);
        if (single)
            ends.Add(tokens.Count);

        List<WindowPiece> pieces = [];
        int begin = 0, step = 0;
        foreach (int end in ends)
        {
            // The rules see to it that each piece begins and ends with a time and that times do not fall; without rules the clamp does.
            int start = IsTime(begin) ? StepOf(tokens[begin], step) : step;
            step = StepOf(tokens[end - 1], start);
            pieces.Add(new WindowPiece(start * SpeechVocabulary.FramesPerTimestamp, step * SpeechVocabulary.FramesPerTimestamp, [.. tokens.Skip(begin).Take(end - begin)]));
            begin = end;
        }

        int advance = single || step == 0 ? contentFrameCount : step * SpeechVocabulary.FramesPerTimestamp;
        return new WindowCut(pieces, advance, single);
    }

    /// <summary>No pair: from the window's start to the last time, if there is one that is not 0.00.</summary>
    private static WindowPiece Whole(IReadOnlyList<int> tokens, SpeechVocabulary vocabulary, int contentFrameCount, int last)
    {
        int time = tokens.LastOrDefault(vocabulary.IsTimestamp, vocabulary.TimestampBegin) - vocabulary.TimestampBegin;
        int end = time != 0 ? Math.Min(time, last) * SpeechVocabulary.FramesPerTimestamp : contentFrameCount;
        return new WindowPiece(0, end, tokens);
    }
}
