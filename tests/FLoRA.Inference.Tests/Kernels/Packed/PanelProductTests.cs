using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Products with packed weights against plain loops: outputs that fill no panel, inputs that fill no block, adapters of every kind.</summary>
public unsafe class PanelProductTests
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 6, 1, 1 },
        { 12, 5, 16 },
        { 18, 256, 33 },
        { 6, 257, 31 },
        { 30, 300, 70 },
        { 24, 513, 64 },
        { 12, 700, 97 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Without_an_adapter_it_is_the_plain_product(int rows, int inFeatures, int outFeatures)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        var random = new RandomAdapters(inFeatures);
        float[] weight = random.Floats(outFeatures * inFeatures), input = random.Floats(rows * inFeatures);
        fixed (float* w = weight)
        {
            using var packed = new PackedWeight(w, outFeatures, inFeatures);
            float[] output = Multiply(packed, default, input, rows);
            int padded = PanelShape.PaddedColumns(outFeatures);
            for (int row = 0; row < rows; row++)
            {
                for (int o = 0; o < padded; o++)
                {
                    double sum = 0;
                    for (int i = 0; o < outFeatures && i < inFeatures; i++)
                        sum += (double)weight[(o * inFeatures) + i] * input[(row * inFeatures) + i];
                    Assert.Equal(sum, output[(row * padded) + o], 2e-7 * (inFeatures + 10));
                }
            }
        }
    }

    [Fact]
    public void Under_adapters_it_is_the_formula()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
        using var scope = NewDisposeScope();
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new RandomAdapters(seed);
            var choose = new Random(seed);
            ModuleBlueprint module = new("m", choose.Next(1, 520), choose.Next(1, 80), choose.Next(2) == 0);
            float[] weight = random.Floats(module.OutFeatures * module.InFeatures);
            Tensor? bias = module.HasBias ? tensor(random.Floats(module.OutFeatures)) : null;
            using var bank = new AdapterBank([(module, bias)], CPU, ScalarType.Float32);
            InstalledAdapter?[] installed = [null, .. Enumerable.Range(0, 4).Select(_ => bank.Install(random.Next([module])))];
            fixed (float* w = weight)
            {
                using var packed = new PackedWeight(w, module.OutFeatures, module.InFeatures);
                foreach (InstalledAdapter? adapter in installed)
                {
                    var rows = PanelAdapter.Of(adapter, bank.Modules[0], 0, bias is null ? null : library.Pointer<float>(bias), library);
                    float[] input = random.Floats(6 * module.InFeatures), output = Multiply(packed, rows, input, 6);
                    for (int row = 0; row < 6; row++)
                    {
                        double[] expected = LinearFormula.Expected([module], [weight], [bias is null ? null : HostMemory.Elements<float>(bias).ToArray()], adapter?.Adapter, input.AsSpan(row * module.InFeatures, module.InFeatures));
                        for (int o = 0; o < module.OutFeatures; o++)
                            Assert.Equal(expected[o], output[(row * PanelShape.PaddedColumns(module.OutFeatures)) + o] + (rows.Bias == null ? 0.0 : rows.Bias[o]), 1e-4 * (1 + Math.Abs(expected[o])));
                    }
                }
            }
        }
    }

    [Fact]
    public void A_convolution_is_a_product_with_the_frames_that_it_sees()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        const int Channels = 5, Out = 37, Taps = 3, Frames = 14, Rows = 12;
        var random = new RandomAdapters(4);
        float[] kernel = random.Floats(Out * Channels * Taps), frames = random.Floats(Frames * Channels);
        fixed (float* k = kernel, x = frames)
        {
            using PackedWeight packed = PackedWeight.OfConvolution(k, Out, Channels, Taps);
            int padded = PanelShape.PaddedColumns(Out);
            using var output = new NativeBuffer(Rows * padded);
            PanelProduct.Multiply(packed, default, x, Channels, Rows, output.Start, padded, null);
            for (int row = 0; row < Rows; row++)
            {
                for (int o = 0; o < Out; o++)
                {
                    double sum = 0;
                    for (int c = 0; c < Channels; c++)
                    {
                        for (int t = 0; t < Taps; t++)
                            sum += (double)kernel[(((o * Channels) + c) * Taps) + t] * frames[((row + t) * Channels) + c];
                    }

                    Assert.Equal(sum, output.Start[(row * padded) + o], 1e-5);
                }
            }
        }
    }

    private static float[] Multiply(PackedWeight weight, in PanelAdapter adapter, float[] input, int rows)
    {
        int padded = PanelShape.PaddedColumns(weight.OutFeatures);
        float[] output = new float[rows * padded], formed = new float[PanelProduct.FormedCount];
        fixed (float* x = input, y = output, room = formed)
            PanelProduct.Multiply(weight, adapter, x, weight.InFeatures, rows, y, padded, room);
        return output;
    }
}
