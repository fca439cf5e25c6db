using System.Text.Json;
using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Weights;

/// <summary>
/// model.safetensors.index.json: which shard holds which tensor. The file is hostile input: a shard's name must be a plain file name,
/// so that nothing outside the folder is read through it.
/// </summary>
internal static class ShardIndex
{
    private const string Extension = ".safetensors";
    private const int MostShards = 4096;

    /// <summary>Tensor name -> shard file name.</summary>
    /// <exception cref="ModelLoadException">The map is missing or empty, or a name in it is not a plain file name.</exception>
    public static IReadOnlyDictionary<string, string> Read(string folder, string name)
    {
        var index = ConfigFile.Read(folder, name);
        if (index.Element("weight_map") is not { ValueKind: JsonValueKind.Object } map)
            throw index.Problem("'weight_map' is missing or no object; expected tensor names with their shards");
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String || !IsPlainName(entry.Value.GetString()!))
                throw index.Problem($"'weight_map' puts '{entry.Name}' into {Shown(entry.Value)}; expected the name of a {Extension} file in the same folder");
            shards.Add(entry.Name, entry.Value.GetString()!);
        }

        if (shards.Count == 0)
            throw index.Problem("'weight_map' is empty");
        var shardCount = shards.Values.Distinct(StringComparer.Ordinal).Count();
        return shardCount <= MostShards ? shards : throw index.Problem($"'weight_map' names {shardCount} shards; expected at most {MostShards}");
    }

    private static bool IsPlainName(string name) =>
        name.EndsWith(Extension, StringComparison.Ordinal) && !name.StartsWith('.') && name.AsSpan().IndexOfAny('/', '\\', '\0') < 0;

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 80 ? text : $"{text[..80]}...";
    }
}
