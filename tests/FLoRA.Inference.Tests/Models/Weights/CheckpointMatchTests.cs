using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>A checkpoint holds exactly the blueprint's tensors, and the few that the reference ignores too.</summary>
public class CheckpointMatchTests
{
    [Theory]
    [InlineData("qwen2", "lm_head.weight", "[269,40]")]
    [InlineData("llama-mha", "model.layers.0.self_attn.rotary_emb.inv_freq", "[6]")]
    [InlineData("gptbigcode-mqa", "transformer.h.2.attn.bias", "[1,1,4,4]")]
    [InlineData("gptbigcode-mqa", "transformer.h.2.attn.masked_bias", "[]")]
    [InlineData("gptbigcode-mqa", "transformer.bias", "[4,4]")]
    public void Buffers_that_the_reference_ignores_are_ignored(string model, string name, string shape)
    {
        using var folder = Folder(model, t => t.Add(name, Shape(shape)));

        Assert.True(Load(folder) > 0);
    }

    [Theory]
    [InlineData("llama-mha", "model.layers.0.self_attn.q_proj.bias", "[48]")]
    [InlineData("llama-mha", "model.layers.3.mlp.up_proj.weight", "[100,48]")]
    [InlineData("llama-mha", "transformer.h.0.attn.bias", "[4,4]")]
    [InlineData("llama-mha", "score.weight", "[2,48]")]
    [InlineData("gptbigcode-mqa", "model.layers.0.self_attn.rotary_emb.inv_freq", "[6]")]
    [InlineData("gptbigcode-mqa", "transformer.h.2.attn.q_attn.weight", "[48,48]")]
    public void Any_other_tensor_is_refused_by_name(string model, string name, string shape)
    {
        using var folder = Folder(model, t => t.Add(name, Shape(shape)));

        AssertRefused(folder, $"tensor '{name}' is not one of this model's");
    }

    [Fact]
    public void Missing_misshapen_and_unknown_tensors_are_listed_together()
    {
        using var folder = Folder("llama-mha", tensors =>
        {
            tensors.Remove("model.layers.1.self_attn.k_proj.weight");
            tensors["model.norm.weight"] = [47];
            tensors["lm_head.weight"] = [48, 263];
            tensors.Add("extra", [1]);
        });

        AssertRefused(folder,
            "tensor 'model.layers.1.self_attn.k_proj.weight' [48, 48] is missing",
            "tensor 'model.norm.weight' has shape [47]; expected [48]",
            "tensor 'lm_head.weight' has shape [48, 263]; expected [263, 48]",
            "tensor 'extra' is not one of this model's");
    }

    [Fact]
    public void A_long_list_is_cut_with_its_length()
    {
        using var folder = Folder("llama-mha", tensors =>
        {
            foreach (var name in tensors.Keys.Where(n => n.StartsWith("model.layers.", StringComparison.Ordinal)).ToList())
                tensors.Remove(name);
        });

        AssertRefused(folder, "and 19 more");
    }

    [Fact]
    public void Integer_weights_are_refused_by_type()
    {
        using var folder = ModelFolder.Like("llama-mha");
        var tensors = SyntheticCheckpoint.TensorsOf(ModelConfigReader.Read(folder.Path));
        SyntheticCheckpoint.WriteSparse(folder.PathOf("model.safetensors"), tensors, "I16");

        AssertRefused(folder, "has type I16; expected F32, F16 or BF16");
    }

    private static ModelFolder Folder(string model, Action<SortedDictionary<string, long[]>> change)
    {
        var folder = ModelFolder.Like(model);
        var tensors = SyntheticCheckpoint.TensorsOf(ModelConfigReader.Read(folder.Path));
        change(tensors);
        SyntheticCheckpoint.Write(folder.PathOf("model.safetensors"), tensors);
        return folder;
    }

    private static long Load(ModelFolder folder)
    {
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var weights = DecoderWeights.Load(ModelConfigReader.Read(folder.Path), checkpoint, CPU, ScalarType.Float32);
        return weights.ParameterCount;
    }

    private static void AssertRefused(ModelFolder folder, params string[] named)
    {
        var exception = Assert.Throws<ModelLoadException>(() => Load(folder));
        Assert.All(named, n => Assert.Contains(n, exception.Message, StringComparison.Ordinal));
    }

    private static long[] Shape(string text) => System.Text.Json.JsonSerializer.Deserialize<long[]>(text)!;
}
