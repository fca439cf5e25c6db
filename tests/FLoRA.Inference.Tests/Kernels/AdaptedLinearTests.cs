using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>The adapted linear layer against plain loops over the formula of DESIGN 1, for random mixes of kinds, ranks and tokens.</summary>
public class AdaptedLinearTests
{
    private static readonly ModuleBlueprint[] Query = [new("q", 6, 8, true), new("k", 6, 4, true), new("v", 6, 4, true)];
    private static readonly ModuleBlueprint[] NoBias = [new("gate", 6, 5, false), new("up", 6, 5, false)];
    private static readonly ModuleBlueprint[] Wide = [new("c_fc", 21, 19, true)];
    private static readonly ModuleBlueprint[] Single = [new("c_attn", 6, 9, true)];

    [Theory, CombinatorialSeeds(60)]
    public void Stacked_modules_with_bias(int seed) => Check(Query, seed);

    [Theory, CombinatorialSeeds(40)]
    public void Stacked_modules_without_bias(int seed) => Check(NoBias, seed);

    [Theory, CombinatorialSeeds(60)]
    public void One_module(int seed) => Check(Single, seed);

    [Theory, CombinatorialSeeds(60)]
    public void Bfloat16(int seed) => Check(seed % 2 == 0 ? Wide : Query, seed, ScalarType.BFloat16);

    [Theory]
    [InlineData(ActivationKind.GeluTanh)]
    [InlineData(ActivationKind.Gelu)]
    [InlineData(ActivationKind.Silu)]
    [InlineData(ActivationKind.Relu)]
    public void Non_linearity_and_residual_are_the_same_in_one_pass_and_composed(object activation)
    {
        CheckEpilogues((ActivationKind)activation, ScalarType.Float32);
        CheckEpilogues((ActivationKind)activation, ScalarType.BFloat16);
    }

    private static void CheckEpilogues(ActivationKind activation, ScalarType type)
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        ModuleBlueprint[] wide = [new("c_fc", 6, 19, true)];
        var random = new RandomAdapters(11);
        using var layer = new Layer(wide, random, type);
        AdapterTokens[] entries = [new(layer.Bank.Install(random.Next(wide)), 3), new(layer.Bank.Install(random.Next(wide)), 1), new(null, 2)];
        entries = [.. entries.OrderBy(e => BatchAdapters.OrderKey(e.Adapter))];
        layer.CheckEpilogue(entries, new Epilogue(EpilogueKind.Activation, activation), random);
        layer.CheckEpilogue(entries, new Epilogue(EpilogueKind.Residual, Residual: rand(6, 19).to(type)), random);
    }

    [Fact]
    public void Rows_of_a_removed_adapter_leave_no_trace_in_the_next_one()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var random = new RandomAdapters(7);
        using var layer = new Layer(Single, random);
        for (int round = 0; round < 50; round++)
        {
            Adapter adapter = random.Next(Single);
            InstalledAdapter installed = layer.Bank.Install(adapter);
            layer.Check([new(installed, 2), new(null, 1)], random);
            layer.Bank.Remove(installed);
        }
    }

    /// <summary>All adapters' pairs are multiplied with every token; what overflows in another's must not stay as infinity times zero.</summary>
    [Fact]
    public void A_pair_that_overflows_does_not_reach_other_tokens()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var random = new RandomAdapters(9);
        using var layer = new Layer(Single, random);
        InstalledAdapter huge = layer.Bank.Install(Lora([.. Enumerable.Repeat(float.MaxValue, 12)], random)), normal = layer.Bank.Install(Lora(random.Floats(12), random));
        AdapterTokens[] entries = [new(huge, 2), new(normal, 3), new(huge, 1), new(normal, 1), new(null, 2)];
        layer.Check(entries, [.. Enumerable.Repeat(1f, 9 * 6)], except: huge);
    }

    private static Adapter Lora(float[] down, RandomAdapters random) => new()
    {
        Folder = "",
        Kind = AdapterKind.Lora,
        Rank = 2,
        Modules = [new ModuleAdapter { Path = Single[0].Path, RowCount = 1, AdditiveRank = 2, Down = down, Up = random.Floats(2 * Single[0].OutFeatures) }],
        ParameterCount = 0,
        ContentHash = "",
    };

    private static void Check(ModuleBlueprint[] modules, int seed, ScalarType type = ScalarType.Float32)
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var random = new RandomAdapters(seed);
        using var layer = new Layer(modules, random, type);
        var choose = new Random(seed);
        InstalledAdapter[] installed = [.. Enumerable.Range(0, choose.Next(1, 6)).Select(_ => layer.Bank.Install(random.Next(modules)))];
        for (int step = 0; step < 3; step++)
        {
            var entries = Enumerable.Range(0, choose.Next(1, 8))
                .Select(_ => new AdapterTokens(choose.Next(3) == 0 ? null : installed[choose.Next(installed.Length)], choose.Next(1, 4)))
                .Select(e => e.Adapter is { IsScaled: true } ? e with { Formed = choose.Next(3) switch { 0 => 0, 1 => e.Tokens, _ => choose.Next(e.Tokens) } } : e)
                .OrderBy(e => BatchAdapters.OrderKey(e.Adapter)).ToArray();
            layer.Check(entries, random);
            layer.Check(entries, random); // the same composition again: kept maps and rows
        }
    }

    private sealed class Layer : IDisposable
    {
        private readonly ModuleBlueprint[] _modules;
        private readonly float[][] _weights;
        private readonly float[]?[] _biases;
        private readonly AdaptedLinear _composed, _inOnePass;
        private readonly BatchAdapters _gathering, _reading;

        private readonly ScalarType _type;
        private readonly double _tolerance;

        public Layer(ModuleBlueprint[] modules, RandomAdapters random, ScalarType type = ScalarType.Float32)
        {
            _modules = modules;
            _type = type;
            _tolerance = type == ScalarType.Float32 ? 1e-4 : 0.06; // sums of a few dozen products; bfloat16 rounds numbers of 1 to 8 by up to 2^-8 to 2^-6, three times on the way
            _weights = [.. modules.Select(m => random.Floats(m.OutFeatures * m.InFeatures))];
            _biases = [.. modules.Select(m => m.HasBias ? random.Floats(m.OutFeatures) : null)];
            Tensor weight = tensor(_weights.SelectMany(w => w).ToArray(), modules.Sum(m => m.OutFeatures), modules[0].InFeatures).to(type);
            Tensor? bias = modules[0].HasBias ? tensor(_biases.SelectMany(b => b!).ToArray()).to(type) : null;
            Tensor?[] parts = [.. _biases.Select(b => b == null ? null : tensor(b).to(type))];
            Bank = new AdapterBank([.. modules.Zip(parts)], CPU, type);
            TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
            _gathering = new BatchAdapters(Bank, type, CPU, gatherScales: true);
            _reading = new BatchAdapters(Bank, type, CPU, gatherScales: false);
            _composed = new AdaptedLinear(new LinearBlueprint(modules), 0, weight, bias, MatrixProduct.For(null, 2), null);
            _inOnePass = new AdaptedLinear(new LinearBlueprint(modules), 0, weight, bias, MatrixProduct.For(type == ScalarType.Float32 ? library : null, 2), new AdapterRows(library, type));
        }

        public AdapterBank Bank { get; }

        public void Check(AdapterTokens[] entries, RandomAdapters random) => Check(entries, random.Floats(entries.Sum(e => e.Tokens) * _modules[0].InFeatures));

        /// <summary>All tokens but those of one adapter.</summary>
        public void Check(AdapterTokens[] entries, float[] input, InstalledAdapter? except = null)
        {
            using var scope = NewDisposeScope();
            foreach (float[] actual in Both(input, entries.Sum(e => e.Tokens), entries, default))
                CheckRows(entries, input, actual, except);
        }

        /// <summary>The kernel and the composition differ in rounding only.</summary>
        public void CheckEpilogue(AdapterTokens[] entries, in Epilogue epilogue, RandomAdapters random)
        {
            using var scope = NewDisposeScope();
            int tokens = entries.Sum(e => e.Tokens);
            float[][] both = [.. Both(random.Floats(tokens * _modules[0].InFeatures), tokens, entries, epilogue)];
            for (int i = 0; i < both[0].Length; i++)
                Assert.Equal((double)both[0][i], (double)both[1][i], _tolerance);
        }

        private List<float[]> Both(float[] input, int tokens, AdapterTokens[] entries, in Epilogue epilogue)
        {
            var outputs = new List<float[]>();
            foreach ((AdaptedLinear linear, BatchAdapters adapters) in new[] { (_composed, _gathering), (_inOnePass, _reading) })
            {
                adapters.Update(entries);
                Tensor output = linear.Forward(tensor(input, tokens, _modules[0].InFeatures).to(_type), null, epilogue, adapters);
                outputs.Add(HostMemory.Elements<float>(output.to(ScalarType.Float32).contiguous()).ToArray());
            }

            return outputs;
        }

        private void CheckRows(AdapterTokens[] entries, float[] input, float[] actual, InstalledAdapter? except)
        {
            int token = 0, inFeatures = _modules[0].InFeatures, outFeatures = _modules.Sum(m => m.OutFeatures);
            foreach ((InstalledAdapter? adapter, int count, _) in entries)
            {
                for (int t = 0; t < count; t++, token++)
                {
                    if (except is not null && adapter == except)
                        continue;
                    double[] expected = LinearFormula.Expected(_modules, _weights, _biases, adapter?.Adapter, input.AsSpan(token * inFeatures, inFeatures));
                    for (int o = 0; o < outFeatures; o++)
                        Assert.Equal(expected[o], (double)actual[(token * outFeatures) + o], _tolerance);
                }
            }
        }

        public void Dispose()
        {
            _composed.Dispose();
            _inOnePass.Dispose();
            _gathering.Dispose();
            _reading.Dispose();
            Bank.Dispose();
        }
    }
}

/// <summary>Seeds 0..count-1 as theory data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CombinatorialSeedsAttribute(int count) : Xunit.v3.DataAttribute
{
    public int Count => count;

    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
        new([.. Enumerable.Range(0, count).Select(seed => new TheoryDataRow(seed))]);
}
