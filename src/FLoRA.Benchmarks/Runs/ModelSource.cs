using FLoRA.Inference;

namespace FLoRA.Benchmarks.Runs;

/// <summary>The model of a run: a folder, or a config.json whose weights are random.</summary>
public sealed class ModelSource : IDisposable
{
    private readonly DirectoryInfo? _made;

    private ModelSource(string folder, bool isRandom, DirectoryInfo? made)
    {
        Folder = folder;
        IsRandom = isRandom;
        _made = made;
    }

    /// <summary>Folder with a config.json.</summary>
    public string Folder { get; }

    /// <summary>Whether weights are random.</summary>
    public bool IsRandom { get; }

    /// <summary>A folder of weights, or only its shapes.</summary>
    public static ModelSource OfFolder(string folder, bool isRandom) => new(folder, isRandom, null);

    /// <summary>A configuration file; the weights are random.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static ModelSource OfConfig(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"--config: there is no file '{file}'; expected a config.json", file);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("flora-bench-");
        File.Copy(file, Path.Combine(folder.FullName, "config.json"));
        return new ModelSource(folder.FullName, isRandom: true, folder);
    }

    /// <summary>Options of an engine for it.</summary>
    internal EngineOptions Options(BenchTarget target) => new() { Model = Folder, DType = target.DType, Threads = target.Threads, Device = target.Device, RandomWeights = IsRandom };

    /// <summary>Deletes what was made for it.</summary>
    public void Dispose() => _made?.Delete(recursive: true);
}
