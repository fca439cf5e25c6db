using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>A stacked layer in a step with adapters of all kinds against the formula of DESIGN 1; and the same bits for a token alone, in company, and on any number of threads.</summary>
public class StepLinearTests
{
    private static readonly ModuleBlueprint[] Query = [new("q", 21, 40, true), new("k", 21, 8, true), new("v", 21, 8, true)];
    private static readonly ModuleBlueprint[] Gated = [new("gate", 19, 37, false), new("up", 19, 37, false)];
    private static readonly ModuleBlueprint[] Wide = [new("c_fc", 300, 70, true)];

    [Theory, CombinatorialSeeds(40)]
    public void Stacked_modules_equal_the_formula(int seed) => Check(Query, seed, default);

    [Theory, CombinatorialSeeds(20)]
    public void Inputs_of_several_blocks_equal_the_formula(int seed) => Check(Wide, seed, default);

    [Theory, CombinatorialSeeds(20)]
    public void A_gate_takes_the_activation(int seed) => Check(Gated, seed, new PanelEpilogue((ActivationKind)(seed % 4), Gated: true));

    [Theory, CombinatorialSeeds(12)]
    public void An_activation_comes_last(int seed) => Check(Wide, seed, new PanelEpilogue((ActivationKind)(seed % 4)));

    [Theory, CombinatorialSeeds(12)]
    public void A_residual_is_added(int seed) => Check(Wide, seed, new PanelEpilogue(Residual: true));

    [Theory, CombinatorialSeeds(40)]
    public void In_eight_bits_it_is_near_the_formula(int seed) => Check(Query, seed, default, isEightBit: true);

    [Theory, CombinatorialSeeds(20)]
    public void In_eight_bits_a_wide_one_is_near_it(int seed) => Check(Wide, seed, new PanelEpilogue(Residual: seed % 2 == 0), isEightBit: true);

    [Theory, CombinatorialSeeds(20)]
    public void In_eight_bits_a_gated_one_is_near_it(int seed) => Check(Gated, seed, new PanelEpilogue((ActivationKind)(seed % 4), Gated: true), isEightBit: true);

    private static void Check(ModuleBlueprint[] modules, int seed, PanelEpilogue epilogue, bool isEightBit = false)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var random = new RandomAdapters(seed);
        var choose = new Random(seed);
        using var layer = new Layer(modules, random, epilogue, (seed % 3) switch { 0 => null, 1 => true, _ => false }, isEightBit);
        InstalledAdapter[] installed = [.. Enumerable.Range(0, choose.Next(1, 6)).Select(_ => layer.Bank.Install(random.Next(modules)))];
        for (int step = 0; step < 3; step++)
        {
            var entries = Enumerable.Range(0, choose.Next(1, 9))
                .Select(_ => new AdapterTokens(choose.Next(4) == 0 ? null : installed[choose.Next(installed.Length)], choose.Next(1, 5)))
                .Select(e => e.Adapter is { IsScaled: true } ? e with { Formed = choose.Next(3) switch { 0 => 0, 1 => e.Tokens, _ => choose.Next(e.Tokens) } } : e)
                .OrderBy(e => BatchAdapters.OrderKey(e.Adapter)).ToArray();
            layer.Check(entries, random);
        }
    }

    private sealed unsafe class Layer : IDisposable
    {
        private const float Epsilon = 1e-5f;

        private readonly ModuleBlueprint[] _modules;
        private readonly float[][] _weights;
        private readonly float[]?[] _biases;
        private readonly float[] _gamma, _beta;
        private readonly bool? _hasLayerNorm;
        private readonly Int8Weight[] _eightBit = [];
        private readonly PanelEpilogue _epilogue;
        private readonly StepLinear _linear;
        private readonly BatchAdapters _adapters;
        private readonly KernelPool _pool = new();

        /// <param name="modules">Stacked.</param>
        /// <param name="random">Numbers.</param>
        /// <param name="epilogue">Behind the product.</param>
        /// <param name="hasLayerNorm">Null: no norm in front; false: RMS.</param>
        /// <param name="isEightBit">Weights of eight bits; the formula has them as they are rounded.</param>
        public Layer(ModuleBlueprint[] modules, RandomAdapters random, PanelEpilogue epilogue, bool? hasLayerNorm, bool isEightBit)
        {
            _modules = modules;
            _epilogue = epilogue;
            _hasLayerNorm = hasLayerNorm;
            _weights = [.. modules.Select(m => random.Floats(m.OutFeatures * m.InFeatures))];
            if (isEightBit)
                _eightBit = [.. modules.Select((m, i) => Rounded(m, _weights[i]))];
            _biases = [.. modules.Select(m => m.HasBias ? random.Floats(m.OutFeatures) : null)];
            _gamma = random.Floats(modules[0].InFeatures, 1);
            _beta = random.Floats(modules[0].InFeatures);
            Tensor weight = tensor(_weights.SelectMany(w => w).ToArray(), modules.Sum(m => m.OutFeatures), modules[0].InFeatures);
            Tensor? bias = modules[0].HasBias ? tensor(_biases.SelectMany(b => b!).ToArray()) : null;
            Tensor?[] parts = [.. _biases.Select(b => b == null ? null : tensor(b))];
            Bank = new AdapterBank([.. modules.Zip(parts)], CPU, isEightBit ? BankTypes.OfEightBit(LoraForm.Fastest) : BankTypes.Of(ScalarType.Float32));
            TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
            _adapters = new BatchAdapters(Bank, ScalarType.Float32, CPU, gatherScales: false);
            PackedNorm? norm = hasLayerNorm is { } layer ? new PackedNorm(library, new NormWeights(tensor(_gamma), layer ? tensor(_beta) : null)) : null;
            _linear = new StepLinear(library, new StackedLinear(new LinearBlueprint(modules), isEightBit ? null : weight, bias) { EightBit = _eightBit }, 0, norm, Epsilon);
            _pool.Ensure(3);
        }

        public AdapterBank Bank { get; }

        private int Inputs => _modules[0].InFeatures;

        private int Outputs => _epilogue.Gated ? _modules[0].OutFeatures : _modules.Sum(m => m.OutFeatures);

        public void Check(AdapterTokens[] entries, RandomAdapters random)
        {
            int tokens = entries.Sum(e => e.Tokens);
            float[] input = random.Floats(tokens * Inputs), stream = random.Floats(tokens * Outputs), actual = Run(entries, input, stream, 1);
            CheckFormula(entries, input, stream, actual);
            foreach (int threads in (int[])[2, 3])
                Assert.Equal(actual, Run(entries, input, stream, threads));
            int token = 0;
            foreach ((InstalledAdapter? adapter, int count, int formed) in entries)
            {
                for (int t = 0; t < count; t++, token++)
                    Assert.Equal(actual.AsSpan(token * Outputs, Outputs).ToArray(), Run([new(adapter, 1, t < formed ? 1 : 0)], input.AsSpan(token * Inputs, Inputs).ToArray(), stream.AsSpan(token * Outputs, Outputs).ToArray(), 1));
            }
        }

        public void Dispose()
        {
            _pool.Dispose();
            _linear.Dispose();
            foreach (Int8Weight weight in _eightBit)
                weight.Dispose();
            _adapters.Dispose();
            Bank.Dispose();
        }

        private float[] Run(AdapterTokens[] entries, float[] input, float[] stream, int threads)
        {
            using var tokens = new StepTokens();
            tokens.Fill([.. entries.Select((e, i) => Entry(i, e))], 0);
            _adapters.Update(entries);
            using var room = new NativeBuffer(_linear.Take(_adapters, tokens, tokens.Count));
            NativeBuffer[] scratch = [.. Enumerable.Range(0, threads).Select(_ => new NativeBuffer(_linear.ScratchCount))];
            float[] output = [.. stream];
            fixed (float* x = input, y = output)
                _pool.Run(new Product(this, x, y, room.Start, [.. scratch.Select(s => (nint)s.Start)]), threads);
            foreach (NativeBuffer own in scratch)
                own.Dispose();
            return output;
        }

        /// <summary>Its first tokens are a prompt whose weights are formed, the others were generated.</summary>
        private static BatchEntry Entry(int number, AdapterTokens tokens)
        {
            var request = new Request { PromptTokens = [.. Enumerable.Range(0, Math.Max(1, tokens.Formed))], MaxNewTokens = 9 };
            var sequence = new Sequence(request, new TokenStream(number, request.PromptTokens.Count, null), 1, request.PromptTokens.Count + 9, null, tokens.Formed > 0);
            for (int t = request.PromptTokens.Count; t < tokens.Tokens; t++)
                sequence.Tokens.Add(t);
            return new BatchEntry(sequence, tokens.Adapter, 0, tokens.Tokens, 0);
        }

        private void CheckFormula(AdapterTokens[] entries, float[] input, float[] stream, float[] actual)
        {
            int token = 0;
            double error = 0, size = 0;
            foreach ((InstalledAdapter? adapter, int count, _) in entries)
            {
                for (int t = 0; t < count; t++, token++)
                {
                    double[] product = LinearFormula.Expected(_modules, _weights, _biases, adapter?.Adapter, Normal(input.AsSpan(token * Inputs, Inputs)));
                    for (int o = 0; o < Outputs; o++)
                    {
                        double expected = _epilogue.Activation is { } kind ? ExactFunctions.Activation(kind, product[o]) : product[o];
                        expected = _epilogue.Gated ? expected * product[Outputs + o] : expected;
                        expected += _epilogue.Residual ? stream[(token * Outputs) + o] : 0;
                        double off = actual[(token * Outputs) + o] - expected;
                        error += off * off;
                        size += expected * expected;
                        if (_eightBit.Length == 0)
                            Assert.InRange(Math.Abs(off), 0, 2e-4 * (1 + Math.Abs(expected)));
                    }
                }
            }

            Assert.InRange(Math.Sqrt(error / size), 0, 0.03);
        }

        /// <summary>The weight in eight bits; the numbers become what it holds.</summary>
        private static Int8Weight Rounded(ModuleBlueprint module, float[] weight)
        {
            var rounded = new Int8Weight(module.OutFeatures, module.InFeatures, Int8Paths.Best);
            fixed (float* numbers = weight)
            {
                for (int o = 0; o < module.OutFeatures; o++)
                {
                    rounded.SetRow(o, weight.AsSpan(o * module.InFeatures, module.InFeatures));
                    rounded.ReadRow(o, numbers + (o * module.InFeatures));
                }
            }

            return rounded;
        }

        private float[] Normal(ReadOnlySpan<float> row)
        {
            if (_hasLayerNorm is not { } isLayerNorm)
                return row.ToArray();
            float[] x = row.ToArray();
            double mean = isLayerNorm ? x.Average(v => (double)v) : 0, scale = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + Epsilon);
            return [.. x.Select((v, i) => (float)(((v - mean) * scale * _gamma[i]) + (isLayerNorm ? _beta[i] : 0)))];
        }

        private sealed class Product(Layer layer, float* input, float* output, float* room, nint[] scratch) : ITeamWork
        {
            public void Run(int worker, KernelTeam team)
            {
                PanelInput prepared = layer._linear.Prepare(input, layer.Inputs, room, (float*)scratch[worker], worker, team);
                layer._linear.Multiply(prepared, layer._epilogue, output, layer.Outputs, (float*)scratch[worker], worker, team);
            }
        }
    }
}
