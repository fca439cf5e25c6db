using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;

namespace Transcriber.Recordings;

/// <summary>The transcripts beside the recordings.</summary>
internal static class TranscriptFiles
{
    private static readonly (string Extension, Func<Transcript, string> Write)[] Forms =
        [(".txt", TranscriptText.ToLines), (".srt", Subtitles.ToSrt), (".json", transcript => TranscriptJson.ToJson(transcript) + "\n")];

    /// <summary>Checks before the work that nothing of the user's is lost by it.</summary>
    /// <exception cref="UsageException">A file exists and may not be replaced, or two recordings would share one.</exception>
    public static void Check(IReadOnlyList<Recording> recordings, bool overwrite)
    {
        if (recordings.GroupBy(recording => Path.ChangeExtension(recording.Path, null), StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new UsageException($"{string.Join(" and ", same.Select(recording => $"'{recording.Name}'"))} differ only in their extension: their transcripts would share one file.");
        if (overwrite)
            return;
        string[] existing = [.. recordings.SelectMany(recording => Forms.Select(form => Target(recording, form.Extension))).Where(File.Exists)];
        if (existing.Length > 0)
            throw new UsageException($"{existing.Length} of the files that would be written exist, such as '{existing[0]}'; --overwrite replaces them.");
    }

    /// <summary>Writes all forms.</summary>
    /// <exception cref="IOException">One cannot be written.</exception>
    public static async Task WriteAsync(Recording recording, Transcript transcript, CancellationToken cancellationToken)
    {
        foreach ((string extension, Func<Transcript, string> write) in Forms)
            await File.WriteAllTextAsync(Target(recording, extension), write(transcript), cancellationToken);
    }

    private static string Target(Recording recording, string extension) => Path.ChangeExtension(recording.Path, extension);
}
