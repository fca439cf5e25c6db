namespace Transcriber;

/// <summary>The command line, read.</summary>
internal sealed record TranscriberOptions
{
    /// <summary>Recordings, and folders of them; none: the embedded ones.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Model folder; null: the embedded tinywhisper.</summary>
    public string? Model { get; init; }

    /// <summary>Folder of adapters; null: tinywhisper's, or none for a model of the user's own.</summary>
    public string? Adapters { get; init; }

    /// <summary>Another appsettings.json; null: the sample's own for tinywhisper, none for a model of the user's own.</summary>
    public string? Settings { get; init; }

    /// <summary>Table of what the recordings say; null: the embedded one, or nothing is known.</summary>
    public string? References { get; init; }

    /// <summary>Language of recordings for which the table has none; null: detected.</summary>
    public string? Language { get; init; }

    /// <summary>Replaces the .txt, .srt and .json files that exist.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Kernel threads; null: the number of processors.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the recordings are the user's: then the transcripts are written beside them.</summary>
    public bool HasOwnRecordings => Paths.Count > 0 || References is not null;

    /// <summary>Refuses contradictions, all in one message.</summary>
    /// <exception cref="UsageException">Something is wrong.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Threads < 1)
            errors.Add($"--threads expects at least 1; got {Threads}");
        if (Language is not null && string.IsNullOrWhiteSpace(Language))
            errors.Add("--language expects a language such as de; got an empty text");
        if (Language is not null && !HasOwnRecordings)
            errors.Add("--language belongs to recordings of your own: those of tinywhisper have their languages");
        if (Overwrite && !HasOwnRecordings)
            errors.Add("--overwrite belongs to recordings of your own: nothing is written beside those of tinywhisper");
        if (Model is not null && !HasOwnRecordings)
            errors.Add("--model expects recordings: files, folders or --references");
        if (Model is not null && Adapters is not null && Settings is null)
            errors.Add("--adapters with a model of your own expects --settings FILE, an appsettings.json with FloraSpeech:LanguageAdapters");
        if (errors.Count > 0)
            throw new UsageException(string.Join(Environment.NewLine, errors));
    }
}
