namespace FLoRA.Inference.Speech.Transcription.Output;

/// <summary>A transcript as plain text.</summary>
public static class TranscriptText
{
    /// <summary>One line per segment that has text, without outer spaces; lines end in a line feed.</summary>
    public static string ToLines(Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        return string.Concat(transcript.Segments.Select(segment => segment.Text.Trim()).Where(line => line.Length > 0).Select(line => line + "\n"));
    }
}
