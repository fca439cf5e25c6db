namespace Transcriber.Recordings;

/// <summary>Finds models/tinywhisper: beside the program, or in a folder above it (a checkout of the repository).</summary>
/// <param name="Model">Its model folder.</param>
/// <param name="Adapters">Its adapters, one per sub-folder.</param>
/// <param name="References">The table of its recordings.</param>
internal sealed record EmbeddedModel(string Model, string Adapters, string References)
{
    /// <exception cref="UsageException">It is not there.</exception>
    public static EmbeddedModel Find(string startFolder)
    {
        for (DirectoryInfo? folder = new(startFolder); folder is not null; folder = folder.Parent)
        {
            string root = Path.Combine(folder.FullName, "models", "tinywhisper");
            if (File.Exists(Path.Combine(root, "model", "config.json")))
                return new EmbeddedModel(Path.Combine(root, "model"), Path.Combine(root, "adapters"), Path.Combine(root, "audio", "references.jsonl"));
        }
        throw new UsageException($"models/tinywhisper is in no folder above '{startFolder}': run the sample from a checkout of the repository.");
    }
}
