using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>A layer over whole recordings: as rows, with its weight formed, and as the encoder chooses, against plain loops over the formula.</summary>
public class EncoderLinearTests
{
    private const double Tolerance = 1e-4; // float32 sums of a few dozen products

    private static readonly ModuleBlueprint[] Query = [new("q", 6, 8, true), new("k", 6, 4, false), new("v", 6, 4, true)];
    private static readonly ModuleBlueprint[] NoBias = [new("k", 6, 5, false), new("v", 6, 5, false)];
    private static readonly ModuleBlueprint[] Single = [new("fc1", 6, 9, true)];

    [Theory, CombinatorialSeeds(60)]
    public void Stacked_modules_with_bias(int seed) => Check(Query, seed);

    [Theory, CombinatorialSeeds(30)]
    public void Stacked_modules_without_bias(int seed) => Check(NoBias, seed);

    [Theory, CombinatorialSeeds(60)]
    public void One_module(int seed) => Check(Single, seed);

    /// <summary>Ends of the measured table (docs/LOG.md); what lies between may move.</summary>
    [Theory]
    [InlineData(1, 150, 1280, 5120, false)]
    [InlineData(4, 1500, 384, 384, true)]
    [InlineData(8, 1500, 1280, 5120, true)]
    [InlineData(8, 1, 128, 128, false)]
    public void Many_rows_form_the_weight_and_few_do_not(int rank, int positions, int inFeatures, int outFeatures, bool forms)
    {
        var installed = new InstalledAdapter
        {
            Adapter = new Adapter { Folder = "", Kind = AdapterKind.Flora, Rank = rank, Modules = [], ParameterCount = 0, ContentHash = "" },
            RowStart = 1,
            ScaledRows = rank,
            RowCounts = [rank],
            Scales = [ModuleScales.Input | ModuleScales.Output],
            AdditiveStart = -1,
            AdditiveRows = 0,
            AdditiveRanks = [0],
        };
        Assert.Equal(forms, MergeCost.FormsWeight(new LinearBlueprint([new ModuleBlueprint("m", inFeatures, outFeatures, true)]), 0, installed, positions));
    }

    private static void Check(ModuleBlueprint[] modules, int seed)
    {
        TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
        using var scope = NewDisposeScope();
        var random = new RandomAdapters(seed);
        var choose = new Random(seed);
        int inFeatures = modules[0].InFeatures, outFeatures = modules.Sum(m => m.OutFeatures);
        float[][] weights = [.. modules.Select(m => random.Floats(m.OutFeatures * inFeatures))];
        float[]?[] biases = [.. modules.Select(m => m.HasBias ? random.Floats(m.OutFeatures) : null)];
        bool anyBias = modules.Any(m => m.HasBias);
        var stacked = new StackedLinear(
            new LinearBlueprint(modules),
            tensor(weights.SelectMany(w => w).ToArray(), outFeatures, inFeatures),
            anyBias ? tensor(modules.Zip(biases).SelectMany(b => b.Second ?? new float[b.First.OutFeatures]).ToArray()) : null);
        using var bank = new AdapterBank([.. modules.Zip(biases).Select(b => (b.First, anyBias ? tensor(b.Second ?? new float[b.First.OutFeatures]) : null))], CPU, ScalarType.Float32);
        InstalledAdapter?[] installed = [null, .. Enumerable.Range(0, choose.Next(1, 5)).Select(_ => bank.Install(random.Next(modules)))];

        int recording = choose.Next(1, 9);
        InstalledAdapter?[] order = [.. Enumerable.Range(0, choose.Next(1, 5)).Select(_ => installed[choose.Next(installed.Length)])];
        AdapterGroup[] groups = [.. order.Select((a, i) => new AdapterGroup(a, i * recording, recording))];
        float[] input = random.Floats(order.Length * recording * inFeatures);
        Tensor x = tensor(input, order.Length * recording, inFeatures);
        MatrixProduct product = MatrixProduct.For(choose.Next(2) == 0 ? library : null, 2);
        using var linear = new EncoderLinear(stacked, 0, bank, product, recording);
        Tensor asRows = cat([.. RowLinear.Apply(stacked, 0, bank, product, [.. groups.Select(g => (x.narrow(0, g.FirstPosition, recording), g.Adapter))])], 0);
        Tensor formed = cat([.. groups.Select(g => Formed(x.narrow(0, g.FirstPosition, recording), g.Adapter, stacked, bank, product))], 0);
        foreach ((string form, Tensor actual) in (IEnumerable<(string, Tensor)>)[("rows", asRows), ("formed", formed), ("chosen", linear.Forward(x, groups, null))])
        {
            float[] numbers = HostMemory.Elements<float>(actual.contiguous()).ToArray();
            for (int t = 0; t < order.Length * recording; t++)
            {
                double[] expected = LinearFormula.Expected(modules, weights, biases, order[t / recording]?.Adapter, input.AsSpan(t * inFeatures, inFeatures));
                for (int o = 0; o < outFeatures; o++)
                    Assert.True(Math.Abs(expected[o] - numbers[(t * outFeatures) + o]) < Tolerance, $"{form}: position {t}, output {o}");
            }
        }
    }

    private static Tensor Formed(Tensor input, InstalledAdapter? adapter, StackedLinear stacked, AdapterBank bank, MatrixProduct product)
    {
        if (adapter is null)
            return product.Apply(input, stacked.Weight, stacked.Weight.t(), stacked.Bias);
        (Tensor weight, Tensor? bias) = MergedLinear.Form(stacked, 0, bank, adapter);
        return product.Apply(input, weight, weight.t(), bias);
    }
}
