using System.Text.Json;
using FLoRA.Inference.Models.Safetensors;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>A tensor widened to double; row-major.</summary>
internal sealed record ReferenceTensor(long[] Shape, double[] Data)
{
    public int Rows => (int)Shape[0];

    public int Columns => (int)Shape[1];

    public ReadOnlySpan<double> Row(int row) => Data.AsSpan(row * Columns, Columns);

    /// <summary>All tensors of a folder: one file, or the shards of an index.</summary>
    public static Dictionary<string, ReferenceTensor> ReadFolder(string folder)
    {
        string index = Path.Combine(folder, "model.safetensors.index.json");
        IEnumerable<string> files = ["model.safetensors"];
        if (File.Exists(index))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(index));
            files = [.. document.RootElement.GetProperty("weight_map").EnumerateObject().Select(p => p.Value.GetString()!).Distinct()];
        }

        return files.SelectMany(file => ReadFile(Path.Combine(folder, file))).ToDictionary(t => t.Key, t => t.Value);
    }

    public static Dictionary<string, ReferenceTensor> ReadFile(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Tensors.ToDictionary(t => t.Key, t => new ReferenceTensor([.. t.Value.Shape], [.. file.ReadFloats(t.Value).Select(f => (double)f)]));
    }
}
