using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;

namespace FLoRA.Cli.Results;

/// <summary>A form in which transcripts are written.</summary>
/// <param name="Name">As the command line has it.</param>
/// <param name="Extension">Of files, with its point.</param>
/// <param name="Write">Makes the whole file; true: with times where the form can do without.</param>
internal sealed record TranscriptFormat(string Name, string Extension, Func<Transcript, bool, string> Write)
{
    /// <summary>A line per segment.</summary>
    public static TranscriptFormat Text { get; } =
        new("text", ".txt", (transcript, times) => string.Concat(transcript.Segments.Select(segment => TranscriptText.ToLine(segment, times))));

    /// <summary>One line with everything.</summary>
    public static TranscriptFormat Json { get; } = new("json", ".json", (transcript, _) => TranscriptJson.ToJson(transcript) + "\n");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TranscriptFormat> All { get; } =
        [Text, Json, new("srt", ".srt", (transcript, _) => Subtitles.ToSrt(transcript)), new("vtt", ".vtt", (transcript, _) => Subtitles.ToVtt(transcript))];

    /// <summary>By its name; null: there is none.</summary>
    public static TranscriptFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);
}
