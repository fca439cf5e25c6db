using System.Text.Json;
using System.Text.Json.Serialization;

namespace Transcriber.Recordings;

/// <summary>What recordings say. Their paths are relative to the table's folder.</summary>
internal static class ReferenceTable
{
    /// <summary>Reads JSON lines ({"audio","text","language"}), or lines of audio, text and perhaps language between tabs.</summary>
    /// <returns>In the table's order.</returns>
    /// <exception cref="UsageException">It cannot be read; names the line.</exception>
    public static IReadOnlyList<Recording> Read(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The table of references '{file}' cannot be read: {e.Message}");
        }

        Recording[] recordings = [.. lines.Index().Where(line => line.Item.Trim().Length > 0).Select(line => Parse(file, line.Index + 1, line.Item, folder))];
        if (recordings.Length == 0)
            throw new UsageException($"The table of references '{file}' is empty.");
        return recordings.GroupBy(recording => recording.Path, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new UsageException($"The table of references '{file}' has '{twice.First().Name}' more than once.")
            : recordings;
    }

    private static Recording Parse(string file, int number, string line, string folder)
    {
        Line entry = line.TrimStart().StartsWith('{') ? FromJson(file, number, line) : FromTabs(file, number, line.Split('\t'));
        return new Recording(Path.GetFullPath(Path.Combine(folder, entry.Audio)), entry.Audio, string.IsNullOrWhiteSpace(entry.Language) ? null : entry.Language, entry.Text);
    }

    private static Line FromJson(string file, int number, string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line)!;
        }
        catch (JsonException e)
        {
            throw new UsageException($"'{file}', line {number}: expected {{\"audio\",\"text\"}} and perhaps \"language\": {e.Message}");
        }
    }

    private static Line FromTabs(string file, int number, string[] parts) => parts.Length is 2 or 3 && parts[0].Length > 0
        ? new Line(parts[0], parts[1], parts.Length == 3 ? parts[2].Trim() : null)
        : throw new UsageException($"'{file}', line {number}: expected audio, text and perhaps language between tabs, or a JSON object; got {parts.Length} parts");

    private sealed record Line(
        [property: JsonPropertyName("audio"), JsonRequired] string Audio,
        [property: JsonPropertyName("text"), JsonRequired] string Text,
        [property: JsonPropertyName("language")] string? Language);
}
