using FLoRA.Inference.Speech.Transcription;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.View;

/// <summary>A line per recording, for a file, a pipe or a very small terminal.</summary>
internal sealed class PlainView(TextWriter output, IReadOnlyList<Recording> recordings) : ITranscriberView
{
    private const int LongestName = 40;

    private readonly Lock _lock = new();
    private readonly int _nameWidth = Math.Min(LongestName, recordings.Max(recording => recording.Name.Length));

    public void Started(Recording recording)
    {
    }

    public void SegmentHeard(Recording recording, TranscriptSegment segment)
    {
    }

    public void Ended(Recording recording, Heard heard, Heard? heardOnBase)
    {
        string errors = WordErrors.Describe(recording, heard, heardOnBase);
        // Not every model begins a segment with a space.
        string text = string.Join(' ', heard.Transcript.Segments.Select(segment => segment.Text.Trim().ReplaceLineEndings(" ")).Where(segment => segment.Length > 0));
        Line(recording, $"{(errors.Length == 0 ? "" : $"{errors,-9} ")}{text}");
    }

    public void Failed(Recording recording, string message) => Line(recording, $"failed: {message}");

    private void Line(Recording recording, string text)
    {
        lock (_lock)
            output.WriteLine($"{recording.Name.PadRight(_nameWidth)}  {text}");
    }
}
