using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Models.Weights;

namespace FLoRA.Inference.Models;

/// <summary>
/// The weights of a model folder on disk: model.safetensors, or else the shards of model.safetensors.index.json. Opening it reads
/// headers only.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files;

    private Checkpoint(string folder, List<SafetensorsFile> files, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        Folder = folder;
        _files = files;
        Tensors = tensors;
    }

    /// <summary>The folder as given.</summary>
    public string Folder { get; }

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens the folder's weight files and checks their headers, and the index against them.</summary>
    /// <exception cref="ModelLoadException">There are none, one is bad, or index and shards disagree.</exception>
    public static Checkpoint Open(string folder)
    {
        var files = new List<SafetensorsFile>();
        try
        {
            var tensors = File.Exists(Path.Combine(folder, SingleName)) ? OpenSingle(folder, files)
                : File.Exists(Path.Combine(folder, IndexName)) ? OpenShards(folder, files)
                : throw new ModelLoadException(folder, $"it has neither {SingleName} nor {IndexName}{PickleHint(folder)}");
            return new Checkpoint(folder, files, tensors);
        }
        catch (SafetensorsException e)
        {
            files.ForEach(f => f.Dispose());
            throw new ModelLoadException(folder, e.Message, e);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files.ForEach(f => f.Dispose());

    private static Dictionary<string, StoredTensor> OpenSingle(string folder, List<SafetensorsFile> files)
    {
        files.Add(SafetensorsFile.Open(Path.Combine(folder, SingleName)));
        return files[0].Tensors.ToDictionary(t => t.Key, t => new StoredTensor(files[0], t.Value), StringComparer.Ordinal);
    }

    private static Dictionary<string, StoredTensor> OpenShards(string folder, List<SafetensorsFile> files)
    {
        var shardOf = ShardIndex.Read(folder, IndexName);
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard);
            if (!File.Exists(path))
                throw new ModelLoadException(folder, $"{IndexName} names the shard '{shard}', which is missing");
            var file = SafetensorsFile.Open(path);
            files.Add(file);
            foreach (var (name, entry) in file.Tensors)
            {
                if (!shardOf.TryGetValue(name, out var listed))
                    throw new ModelLoadException(folder, $"tensor '{name}' is in '{shard}', but {IndexName} does not list it");
                if (listed != shard)
                    throw new ModelLoadException(folder, $"tensor '{name}' is in '{shard}', but {IndexName} puts it into '{listed}'");
                tensors.Add(name, new StoredTensor(file, entry));
            }
        }

        foreach (var (name, shard) in shardOf)
        {
            if (!tensors.ContainsKey(name))
                throw new ModelLoadException(folder, $"{IndexName} puts tensor '{name}' into '{shard}', where it is missing");
        }

        return tensors;
    }

    private static string PickleHint(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.bin").Any()
            ? "; PyTorch's .bin files are not read: save the model with safe_serialization=True"
            : "";
}
