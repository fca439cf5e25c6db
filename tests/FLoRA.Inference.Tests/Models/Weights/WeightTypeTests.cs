using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>Every pair of a stored type and an engine type, against conversions written out here.</summary>
public class WeightTypeTests
{
    [Theory]
    [InlineData("F32", ScalarType.Float32)]
    [InlineData("F32", ScalarType.BFloat16)]
    [InlineData("F32", ScalarType.Float16)]
    [InlineData("F16", ScalarType.Float32)]
    [InlineData("F16", ScalarType.BFloat16)]
    [InlineData("F16", ScalarType.Float16)]
    [InlineData("BF16", ScalarType.Float32)]
    [InlineData("BF16", ScalarType.BFloat16)]
    [InlineData("BF16", ScalarType.Float16)]
    public void Weights_arrive_in_the_engines_type(string stored, ScalarType engine)
    {
        using var folder = ModelFolder.Like("qwen2");
        var blueprint = ModelConfigReader.Read(folder.Path);
        SyntheticCheckpoint.Write(folder.PathOf("model.safetensors"), SyntheticCheckpoint.TensorsOf(blueprint), stored);
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var weights = DecoderWeights.Load(blueprint, checkpoint, CPU, engine);

        var modules = blueprint.Layers[1].Qkv.Modules;
        AssertBits(weights.Layers[1].Qkv.Weight, modules.SelectMany(m => Values($"{m.Path}.weight", m.OutFeatures * m.InFeatures)), stored, engine);
        AssertBits(weights.Layers[1].Qkv.Bias!, modules.SelectMany(m => Values($"{m.Path}.bias", m.OutFeatures)), stored, engine);
        AssertBits(weights.FinalNorm.Weight, Values("model.norm.weight", blueprint.HiddenSize), stored, engine);
        Assert.Equal(weights.ParameterCount * (engine == ScalarType.Float32 ? 4 : 2), weights.ByteCount);
    }

    [Fact]
    public void Engine_types_other_than_floats_are_refused()
    {
        using var checkpoint = Checkpoint.Open(ModelFolder.Golden("qwen2"));
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("qwen2"));

        Assert.Throws<ArgumentOutOfRangeException>(() => DecoderWeights.Load(blueprint, checkpoint, CPU, ScalarType.Int8));
    }

    private static IEnumerable<float> Values(string name, int count) => Enumerable.Range(0, count).Select(i => SyntheticCheckpoint.Value(name, i));

    private static void AssertBits(Tensor tensor, IEnumerable<float> values, string stored, ScalarType engine)
    {
        Assert.Equal(engine, tensor.dtype);
        var onDisk = values.Select(v => stored switch
        {
            "F16" => (float)(Half)v,
            "BF16" => SyntheticCheckpoint.FromBFloat16(SyntheticCheckpoint.ToBFloat16(v)),
            _ => v,
        });
        if (engine == ScalarType.Float32)
            Assert.Equal(onDisk.Select(BitConverter.SingleToUInt32Bits).ToArray(), HostMemory.Elements<uint>(tensor).ToArray());
        else if (engine == ScalarType.BFloat16)
            Assert.Equal(onDisk.Select(SyntheticCheckpoint.ToBFloat16).ToArray(), HostMemory.Elements<ushort>(tensor).ToArray());
        else
            Assert.Equal(onDisk.Select(v => BitConverter.HalfToUInt16Bits((Half)v)).ToArray(), HostMemory.Elements<ushort>(tensor).ToArray());
    }
}
