using System.Diagnostics;
using System.Runtime.InteropServices;
using FLoRA.Benchmarks.Runs;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Benchmarks.Rooflines;

/// <summary>
/// Measures a <see cref="Roofline"/>: of products the best of some rounds, as a limit is what the machine can do; of reads the median, as memory may be shared with others who take their part of it at any
/// time. The probes take turns, so that whoever takes a core for a moment meets one round of each and not all rounds of one.
/// </summary>
public static unsafe class RooflineProbe
{
    private const long ReadBytes = 1L << 30;
    private const int Rounds = 11, IntMmRows = 512, IntMmInputs = 2048, IntMmOutputs = 8192;

    /// <summary>Measures with <paramref name="threads"/> threads; about two seconds and 1 GiB of memory.</summary>
    /// <exception cref="FLoRA.Inference.NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static Roofline Measure(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        using var memory = new LargeBuffer(ReadBytes);
        var reads = new ReadProbe(memory.Start, ReadBytes, threads);
        var int8 = new Int8Probe(threads);
        using var float32 = new Float32Probe(threads);
        using IntMmProbe intMm = new(threads);
        bool hasTile = PanelShape.Columns > 0;
        double[][] seconds = Times(() => pool.Run(reads, threads), () => pool.Run(int8, threads), intMm.Run, RunTile);
        void RunTile()
        {
            if (hasTile)
                pool.Run(float32, threads);
        }

        return new Roofline(
            ReadBytes / Median(seconds[0]) / 1e9,
            int8.MultiplyAdds / seconds[1].Min() / 1e9,
            intMm.IsThere ? (double)IntMmRows * IntMmInputs * IntMmOutputs / seconds[2].Min() / 1e9 : 0,
            hasTile ? 2 * float32.MultiplyAdds / seconds[3].Min() / 1e9 : 0,
            threads);
    }

    /// <summary>The same with the threads of a run, and its device.</summary>
    /// <exception cref="FLoRA.Inference.NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static Roofline Measure(BenchTarget target)
    {
        Roofline host = Measure(target.ThreadCount);
        return target.IsOnCuda ? host with { Device = DeviceProbe.Measure(target.DType switch { "bfloat16" => ScalarType.BFloat16, "float16" => ScalarType.Float16, _ => ScalarType.Float32 }) } : host;
    }

    /// <summary>Reads alone, 1e9 bytes a second.</summary>
    public static double MeasureReads(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        using var memory = new LargeBuffer(ReadBytes);
        var work = new ReadProbe(memory.Start, ReadBytes, threads);
        return ReadBytes / Median(Times(() => pool.Run(work, threads))[0]) / 1e9;
    }

    private static double Median(double[] seconds) => seconds.Order().ElementAt(seconds.Length / 2);

    /// <summary>Per probe its rounds, s.</summary>
    private static double[][] Times(params Action[] probes)
    {
        double[][] seconds = [.. probes.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
        {
            for (int probe = 0; probe < probes.Length; probe++)
            {
                long started = Stopwatch.GetTimestamp();
                probes[probe]();
                seconds[probe][round] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            }
        }

        return seconds;
    }

    /// <summary>libtorch's integer product, reached through TorchScript: TorchSharp has no name for it.</summary>
    private sealed class IntMmProbe : IDisposable
    {
        private readonly IDisposable _scope;
        private readonly Tensor _a, _b;
        private readonly jit.CompilationUnit _script;

        public IntMmProbe(int threads)
        {
            NativeRuntime.EnsureLoaded();
            set_num_threads(threads);
            _scope = NewDisposeScope();
            _a = ones(IntMmRows, IntMmInputs, ScalarType.Int8);
            _b = ones(IntMmOutputs, IntMmInputs, ScalarType.Int8).t();
            _script = jit.compile("def product(a, b):\n    return torch._int_mm(a, b)\n");
        }

        /// <summary>Whether this libtorch has it for the processor; known after the first run.</summary>
        public bool IsThere { get; private set; } = true;

        public void Run()
        {
            if (!IsThere)
                return;
            try
            {
                ((Tensor)_script.invoke("product", _a, _b)).Dispose();
            }
            catch (ExternalException)
            {
                IsThere = false;
            }
        }

        public void Dispose()
        {
            _script.Dispose();
            _scope.Dispose();
        }
    }
}
