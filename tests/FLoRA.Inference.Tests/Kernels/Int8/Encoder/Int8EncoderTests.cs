using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using FLoRA.Inference.Speech.Audio;
using FLoRA.TestData;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels.Int8.Encoder;

/// <summary>The embedded speech model's encoder in eight bits: the same bits on every path, near float32 on real recordings under every adapter.</summary>
public class Int8EncoderTests
{
    private const int Threads = 2, BlockTokens = 16;

    [Fact]
    public void Every_path_gives_the_same_bits()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
        string folder = Path.Combine(RepositoryData.TinyWhisper, "model");
        DecoderBlueprint blueprint = ModelConfigReader.Read(folder);
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(folder);
        using DecoderWeights weights = DecoderWeights.Load(blueprint, checkpoint, CPU, ScalarType.Float32, isEightBit: true);
        using var cache = new KvCache(blueprint.Layers.Count, 1, BlockTokens, blueprint.KvHeads, blueprint.HeadDim, ScalarType.Float32, CPU);
        using var pool = new KernelPool();
        pool.Ensure(Threads);
        ModuleBlueprint[] modules = [.. blueprint.Layers.Concat(blueprint.Encoder!.Layers).SelectMany(l => l.Modules)];
        using var bank = new AdapterBank([.. modules.Select(m => (m, (Tensor?)null))], CPU, BankTypes.OfEightBit(LoraForm.Fastest));
        string[] kinds = ["cs-flora-r1", "cs-flora-r4", "cs-ia3", "cs-lora-r4"];
        InstalledAdapter?[] adapters = [null, .. kinds.Select(kind => bank.Install(AdapterLoader.Load(Path.Combine(RepositoryData.TinyWhisper, "adapters", kind), modules)))];
        AudioInput audio = Features("cs", 0, blueprint);

        float[][]? first = null;
        foreach (int path in ManyRowsProductTests.Paths.Select(row => row.Data))
        {
            using var pass = new Int8EncoderPass(blueprint, weights, cache, library, pool, Threads, ManyRowsProductTests.Product(path));
            Tensor[] hidden = pass.Convolve([.. adapters.Select(_ => audio)]);
            for (int layer = 0; layer < blueprint.Encoder.Layers.Count; layer++)
                hidden = pass.Layer(layer, hidden, adapters);
            float[][] encoded = [.. hidden.Select(h => h.data<float>().ToArray())];
            first ??= encoded;
            Assert.Equal(first, encoded);
        }
    }

    [Fact]
    public async Task Recordings_are_encoded_almost_as_in_float32()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        DecoderBlueprint blueprint = ModelConfigReader.Read(Path.Combine(RepositoryData.TinyWhisper, "model"));
        using Engine full = Load("float32"), eightBit = Load("int8");
        foreach (string? adapter in (string?[])[null, "cs-flora-r1", "cs-flora-r4", "cs-ia3", "cs-lora-r4"])
        {
            foreach (int recording in (int[])[0, 3, 7])
            {
                AudioInput audio = Features("cs", recording, blueprint);
                float[] expected = await full.EncodeAloneAsync(audio, adapter), actual = await eightBit.EncodeAloneAsync(audio, adapter);
                double error = Math.Sqrt(expected.Zip(actual, (e, a) => Math.Pow(e - a, 2)).Sum() / expected.Sum(e => Math.Pow(e, 2)));
                Assert.True(error < 0.05, $"{adapter ?? "base"}, recording {recording}: off by {error:P1}");
            }
        }
    }

    private static Engine Load(string type) => Engine.Load(new EngineOptions
    {
        Model = Path.Combine(RepositoryData.TinyWhisper, "model"),
        AdapterFolders = [Path.Combine(RepositoryData.TinyWhisper, "adapters")],
        Device = "cpu",
        Threads = Threads,
        DType = type,
    });

    private static AudioInput Features(string language, int recording, DecoderBlueprint blueprint)
    {
        AudioClip clip = new AudioReader().ReadFile(Path.Combine(RepositoryData.TinyWhisper, "audio", language, $"{recording:00}.wav"));
        AudioEncoderBlueprint encoder = blueprint.Encoder!;
        return new AudioInput(new LogMel(encoder.MelBins).Compute(clip.Samples.Span, encoder.Frames), encoder.MelBins, encoder.Frames);
    }
}
