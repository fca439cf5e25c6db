using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>Every tensor of the golden models arrives bit for bit, read here by the plain path of the safetensors reader.</summary>
public class GoldenWeightsTests
{
    [Theory]
    [InlineData("gptbigcode-mqa")]
    [InlineData("gptbigcode-mha")]
    [InlineData("llama-mha")]
    [InlineData("llama-gqa-rope3")]
    [InlineData("starcoder2")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("tinycoder")]
    public void Every_tensor_is_where_the_blueprint_puts_it(string model)
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden(model));
        using var checkpoint = Checkpoint.Open(ModelFolder.Golden(model));
        using var weights = DecoderWeights.Load(blueprint, checkpoint, CPU, ScalarType.Float32);
        var unread = checkpoint.Tensors.Keys.ToHashSet();

        void AssertHolds(Tensor? tensor, params string[] names)
        {
            if (tensor is null)
                return;
            Assert.Equal(ScalarType.Float32, tensor.dtype);
            Assert.Equal(names.SelectMany(Floats).ToArray(), HostMemory.Elements<float>(tensor).ToArray());
        }

        float[] Floats(string name)
        {
            unread.Remove(name);
            var stored = checkpoint.Tensors[name];
            return stored.File.ReadFloats(stored.Entry);
        }

        void AssertNorm(NormWeights norm, string path)
        {
            AssertHolds(norm.Weight, $"{path}.weight");
            AssertHolds(norm.Bias, $"{path}.bias");
        }

        void AssertLinear(StackedLinear linear, LinearBlueprint expected)
        {
            Assert.Same(expected, linear.Blueprint);
            Assert.Equal([expected.OutFeatures, expected.InFeatures], linear.Weight.shape);
            AssertHolds(linear.Weight, [.. expected.Modules.Select(m => $"{m.Path}.weight")]);
            AssertHolds(linear.Bias, [.. expected.Modules.Select(m => $"{m.Path}.bias")]);
        }

        AssertHolds(weights.TokenEmbedding, blueprint.TokenEmbedding);
        AssertHolds(weights.PositionEmbedding, blueprint.PositionEmbedding!);
        AssertHolds(weights.Head, blueprint.Head ?? blueprint.TokenEmbedding);
        AssertNorm(weights.FinalNorm, blueprint.FinalNorm);
        foreach (var (layer, expected) in weights.Layers.Zip(blueprint.Layers))
        {
            AssertNorm(layer.AttentionNorm, expected.AttentionNorm);
            AssertNorm(layer.MlpNorm, expected.MlpNorm);
            AssertHolds(layer.QueryNorm, $"{expected.QueryNorm}.weight");
            AssertHolds(layer.KeyNorm, $"{expected.KeyNorm}.weight");
            AssertLinear(layer.Qkv, expected.Qkv);
            AssertLinear(layer.AttentionOutput, expected.AttentionOutput);
            AssertLinear(layer.MlpInput, expected.MlpInput);
            AssertLinear(layer.MlpOutput, expected.MlpOutput);
        }

        Assert.Empty(unread);
        Assert.Equal(checkpoint.Tensors.Values.Sum(t => t.Entry.ElementCount), weights.ParameterCount);
        Assert.Equal(weights.ParameterCount * 4, weights.ByteCount);
        Assert.Equal(blueprint.Head is null, ReferenceEquals(weights.Head, weights.TokenEmbedding));
    }

    [Fact]
    public void Parameters_of_the_sharded_model_are_those_of_its_index()
    {
        var folder = ModelFolder.Golden("llama-gqa-rope3");
        using var checkpoint = Checkpoint.Open(folder);
        using var weights = DecoderWeights.Load(ModelConfigReader.Read(folder), checkpoint, CPU, ScalarType.BFloat16);

        Assert.Equal((82464, 164928), (weights.ParameterCount, weights.ByteCount));
    }
}
