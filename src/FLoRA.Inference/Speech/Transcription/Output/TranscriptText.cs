namespace FLoRA.Inference.Speech.Transcription.Output;

/// <summary>A transcript as plain text.</summary>
public static class TranscriptText
{
    /// <summary>One line per segment that has text, without outer spaces; lines end in a line feed.</summary>
    public static string ToLines(Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        return string.Concat(transcript.Segments.Select(segment => ToLine(segment)));
    }

    /// <summary>A segment as a line with its line feed; "": it has no text.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="withTimes">True: "[00:00.000 --> 00:02.500] " goes before it.</param>
    public static string ToLine(TranscriptSegment segment, bool withTimes = false)
    {
        ArgumentNullException.ThrowIfNull(segment);
        string text = segment.Text.Trim();
        if (text.Length == 0)
            return "";
        return withTimes ? $"[{Time(segment.StartSeconds)} --> {Time(segment.EndSeconds)}] {text}\n" : $"{text}\n";
    }

    private static string Time(double seconds) => Timestamp.Format(seconds, alwaysHours: false, decimalMark: '.');
}
