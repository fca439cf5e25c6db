using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Speech.Transcription.Output;

/// <summary>A transcript as subtitles, one per segment that has text; where words were asked for, from its first word to its last. Lines end in a line feed.</summary>
public static class Subtitles
{
    /// <summary>SubRip: numbered, with hours, comma before the milliseconds.</summary>
    public static string ToSrt(Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        StringBuilder text = new();
        foreach ((int index, (double start, double end, string line)) in Cues(transcript).Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"{index + 1}\n");
            Append(text, start, end, line, alwaysHours: true, decimalMark: ',');
        }

        return text.ToString();
    }

    /// <summary>WebVTT: hours where there are any, point before the milliseconds.</summary>
    public static string ToVtt(Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        StringBuilder text = new("WEBVTT\n\n");
        foreach ((double start, double end, string line) in Cues(transcript))
            Append(text, start, end, line, alwaysHours: false, decimalMark: '.');
        return text.ToString();
    }

    private static void Append(StringBuilder text, double start, double end, string line, bool alwaysHours, char decimalMark) =>
        text.Append(CultureInfo.InvariantCulture, $"{Timestamp.Format(start, alwaysHours, decimalMark)} --> {Timestamp.Format(end, alwaysHours, decimalMark)}\n{line}\n\n");

    private static IEnumerable<(double Start, double End, string Line)> Cues(Transcript transcript)
    {
        foreach (TranscriptSegment segment in transcript.Segments)
        {
            IReadOnlyList<TranscriptWord> words = segment.Words;
            string text = words.Count > 0 ? string.Concat(words.Select(word => word.Text)) : segment.Text;
            // An arrow would end the text of a cue, an empty line the cue itself.
            string line = string.Join('\n', text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Replace("-->", "->", StringComparison.Ordinal);
            if (line.Length > 0)
                yield return words.Count > 0 ? (words[0].StartSeconds, words[^1].EndSeconds, line) : (segment.StartSeconds, segment.EndSeconds, line);
        }
    }
}
