namespace FLoRA.SemanticKernel;

/// <summary>What the folder of a model tells before it is loaded.</summary>
internal static class ModelFolder
{
    /// <summary>Name of the folder, or of the folder above where it is called "model"; as <see cref="Inference.ModelInfo.Id"/>.</summary>
    internal static string IdOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(path);
        return name == "model" && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } above ? above : name;
    }
}
