using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>Which files make a checkpoint; the index is hostile input.</summary>
public class CheckpointFilesTests
{
    private static readonly Dictionary<string, long[]> First = new() { ["a"] = [2, 3] };
    private static readonly Dictionary<string, long[]> Second = new() { ["b"] = [4], ["c"] = [1] };

    [Fact]
    public void Shards_are_joined()
    {
        using var folder = Sharded("""{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}""");
        using var checkpoint = Checkpoint.Open(folder.Path);

        Assert.Equal(["a", "b", "c"], checkpoint.Tensors.Keys.Order());
        var c = checkpoint.Tensors["c"];
        Assert.Equal([SyntheticCheckpoint.Value("c", 0)], c.File.ReadFloats(c.Entry));
    }

    [Fact]
    public void A_single_file_goes_before_an_index()
    {
        using var folder = Sharded("""{"a":"one.safetensors"}""");
        SyntheticCheckpoint.Write(folder.PathOf("model.safetensors"), Second);
        using var checkpoint = Checkpoint.Open(folder.Path);

        Assert.Equal(["b", "c"], checkpoint.Tensors.Keys.Order());
    }

    [Fact]
    public void Files_that_are_links_are_followed()
    {
        using var cache = new ModelFolder();
        using var folder = new ModelFolder();
        SyntheticCheckpoint.Write(cache.PathOf("0123abc"), First);
        File.CreateSymbolicLink(folder.PathOf("model.safetensors"), cache.PathOf("0123abc"));
        using var checkpoint = Checkpoint.Open(folder.Path);

        Assert.Equal(["a"], checkpoint.Tensors.Keys);
    }

    [Theory]
    [InlineData("""{"a":"../one.safetensors"}""", "'a' into \"../one.safetensors\"")]
    [InlineData("""{"a":"/etc/one.safetensors"}""", "'a' into \"/etc/one.safetensors\"")]
    [InlineData("""{"a":"sub/one.safetensors"}""", "in the same folder")]
    [InlineData("""{"a":"..\\one.safetensors"}""", "in the same folder")]
    [InlineData("""{"a":".safetensors"}""", "in the same folder")]
    [InlineData("""{"a":"one.safetensors\u0000"}""", "in the same folder")]
    [InlineData("""{"a":"config.json"}""", "the name of a .safetensors file")]
    [InlineData("""{"a":""}""", "'a' into \"\"")]
    [InlineData("""{"a":3}""", "'a' into 3")]
    [InlineData("""{}""", "is empty")]
    [InlineData("""["a"]""", "'weight_map' is missing or no object")]
    [InlineData("""{"a":"one.safetensors","a":"two.safetensors"}""", "not valid JSON")]
    [InlineData("""{"a":"three.safetensors"}""", "the shard 'three.safetensors', which is missing")]
    [InlineData("""{"a":"one.safetensors","d":"one.safetensors"}""", "puts tensor 'd' into 'one.safetensors', where it is missing")]
    [InlineData("""{"a":"one.safetensors","b":"two.safetensors"}""", "'c' is in 'two.safetensors', but model.safetensors.index.json does not list it")]
    [InlineData("""{"a":"two.safetensors","b":"two.safetensors","c":"two.safetensors"}""", "'a' into 'two.safetensors', where it is missing")]
    [InlineData("""{"a":"twice.safetensors","b":"two.safetensors","c":"two.safetensors"}""", "'b' is in 'twice.safetensors', but model.safetensors.index.json puts it into 'two.safetensors'")]
    public void A_bad_index_is_refused(string map, string named)
    {
        using var folder = Sharded(map);
        SyntheticCheckpoint.Write(folder.PathOf("twice.safetensors"), First.Concat(Second).ToDictionary());

        AssertRefused(folder, named);
    }

    [Fact]
    public void A_bad_shard_is_refused()
    {
        using var folder = Sharded("""{"a":"one.safetensors"}""");
        folder.Write("one.safetensors", "short");

        AssertRefused(folder, "one.safetensors");
    }

    [Fact]
    public void A_folder_without_weights_is_refused_with_a_hint_at_pickles()
    {
        using var folder = new ModelFolder();
        AssertRefused(folder, "neither model.safetensors nor model.safetensors.index.json");
        folder.Write("pytorch_model.bin", "");
        AssertRefused(folder, "safe_serialization");
    }

    private static ModelFolder Sharded(string map)
    {
        var folder = new ModelFolder();
        SyntheticCheckpoint.Write(folder.PathOf("one.safetensors"), First);
        SyntheticCheckpoint.Write(folder.PathOf("two.safetensors"), Second);
        folder.Write("model.safetensors.index.json", $$"""{"metadata":{"total_size":44},"weight_map":{{map}}}""");
        return folder;
    }

    private static void AssertRefused(ModelFolder folder, string named)
    {
        var exception = Assert.Throws<ModelLoadException>(() => Checkpoint.Open(folder.Path).Dispose());
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, exception.Message, StringComparison.Ordinal);
    }
}
