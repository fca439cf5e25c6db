using System.Globalization;
using FLoRA.Inference.Speech.Transcription;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.View;

/// <summary>What is happening to a recording.</summary>
internal enum RowState
{
    Waiting,
    Listening,
    Right,
    Wrong,
    Failed,
}

/// <summary>One recording's part of the screen. Changed and read under the view's lock.</summary>
internal sealed class Row(Recording recording)
{
    /// <summary>Name of the recording.</summary>
    public string Name { get; } = ShortName(recording.Name);

    /// <summary>What is happening.</summary>
    public RowState State { get; private set; }

    /// <summary>In a few characters: up to where it is heard, or how many words are wrong.</summary>
    public string Status { get; private set; } = "";

    public void Start()
    {
        State = RowState.Listening;
        Status = "hearing";
    }

    public void Hear(TranscriptSegment segment) => Status = Position(TimeSpan.FromSeconds(segment.EndSeconds));

    public void End(Heard heard, Heard? heardOnBase)
    {
        State = WordErrors.AreNone(recording, heard) ? RowState.Right : RowState.Wrong;
        Status = WordErrors.Describe(recording, heard, heardOnBase) is { Length: > 0 } errors ? errors : "done";
    }

    public void Fail()
    {
        State = RowState.Failed;
        Status = "failed";
    }

    private static string Position(TimeSpan time) => time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);

    /// <summary>Without ".wav".</summary>
    public static string ShortName(string name) => name.EndsWith(".wav", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
}
