namespace CodeAgent.Agent;

/// <summary>Finds models/tinycoder: beside the program, or in a folder above it (a checkout of the repository).</summary>
/// <param name="Model">Its model folder.</param>
/// <param name="Adapters">Its adapters, one per sub-folder.</param>
/// <param name="EvalSets">Its problems, a file per language.</param>
internal sealed record EmbeddedModel(string Model, string Adapters, string EvalSets)
{
    /// <exception cref="UsageException">It is not there.</exception>
    public static EmbeddedModel Find(string startFolder)
    {
        for (DirectoryInfo? folder = new(startFolder); folder is not null; folder = folder.Parent)
        {
            string root = Path.Combine(folder.FullName, "models", "tinycoder");
            if (File.Exists(Path.Combine(root, "model", "config.json")))
                return new EmbeddedModel(Path.Combine(root, "model"), Path.Combine(root, "adapters"), Path.Combine(root, "eval"));
        }
        throw new UsageException($"models/tinycoder is in no folder above '{startFolder}': run the sample from a checkout of the repository.");
    }
}
