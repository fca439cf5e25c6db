namespace Transcriber.Recordings;

/// <summary>The recordings that the command line means.</summary>
internal static class RecordingList
{
    private static readonly HashSet<string> Extensions = new(
        [".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".webm", ".mkv", ".aac", ".aif", ".aiff", ".au", ".caf", ".w64", ".amr", ".wma", ".wv", ".spx"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>All of them, each with what the table of references knows.</summary>
    /// <exception cref="UsageException">A path does not exist, or there is no recording.</exception>
    public static IReadOnlyList<Recording> Of(TranscriberOptions options, EmbeddedModel embedded)
    {
        if (!options.HasOwnRecordings)
            return ReferenceTable.Read(embedded.References);
        IReadOnlyList<Recording> known = options.References is null ? [] : ReferenceTable.Read(options.References);
        Dictionary<string, Recording> byPath = known.ToDictionary(recording => recording.Path, StringComparer.Ordinal);
        List<Recording> recordings = options.Paths.Count == 0
            ? [.. known]
            : [.. options.Paths.SelectMany(Files).DistinctBy(file => file.Path, StringComparer.Ordinal).Select(file => (byPath.GetValueOrDefault(file.Path) ?? file) with { Name = file.Name })];
        return recordings.Count > 0
            ? [.. recordings.Select(recording => recording with { Language = recording.Language ?? options.Language })]
            : throw new UsageException($"No recording was found in {string.Join(", ", options.Paths.Select(path => $"'{path}'"))}.");
    }

    private static IEnumerable<Recording> Files(string path)
    {
        if (File.Exists(path))
            return [new Recording(Path.GetFullPath(path), path, null, null)];
        if (!Directory.Exists(path))
            throw new UsageException($"'{path}' is neither a file nor a folder.");
        return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .Select(file => new Recording(Path.GetFullPath(file), Path.GetRelativePath(path, file), null, null));
    }
}
