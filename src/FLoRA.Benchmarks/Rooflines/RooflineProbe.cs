using System.Diagnostics;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Benchmarks.Rooflines;

/// <summary>Measures a <see cref="Roofline"/>: of products the best of a few rounds, as a limit is what the machine can do; of reads the median, as memory may be shared with others who take their part of it at any time.</summary>
public static unsafe class RooflineProbe
{
    private const long ReadBytes = 1L << 30;
    private const int Rounds = 7, IntMmRows = 512, IntMmInputs = 2048, IntMmOutputs = 8192;

    /// <summary>Measures with <paramref name="threads"/> threads; about three seconds and 1 GiB of memory.</summary>
    /// <exception cref="FLoRA.Inference.NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static Roofline Measure(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        return new Roofline(MeasureReads(threads), Int8(pool, threads), IntMm(threads), Float32(pool, threads), threads);
    }

    /// <summary>Reads alone, 1e9 bytes a second.</summary>
    public static double MeasureReads(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        using var memory = new LargeBuffer(ReadBytes);
        var work = new ReadProbe(memory.Start, ReadBytes, threads);
        double[] seconds = [.. Times(() => pool.Run(work, threads)).Order()];
        return ReadBytes / seconds[Rounds / 2] / 1e9;
    }

    private static double Int8(KernelPool pool, int threads)
    {
        var work = new Int8Probe(threads);
        return work.MultiplyAdds / Best(() => pool.Run(work, threads)) / 1e9;
    }

    private static double Float32(KernelPool pool, int threads)
    {
        if (PanelShape.Columns == 0)
            return 0;
        using var work = new Float32Probe(threads);
        return 2 * work.MultiplyAdds / Best(() => pool.Run(work, threads)) / 1e9;
    }

    /// <summary>Reached through TorchScript: TorchSharp has no name for it.</summary>
    private static double IntMm(int threads)
    {
        NativeRuntime.EnsureLoaded();
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        Tensor a = ones(IntMmRows, IntMmInputs, ScalarType.Int8), b = ones(IntMmOutputs, IntMmInputs, ScalarType.Int8).t();
        using jit.CompilationUnit script = jit.compile("def product(a, b):\n    return torch._int_mm(a, b)\n");
        try
        {
            double seconds = Best(() => ((Tensor)script.invoke("product", a, b)).Dispose());
            return (double)IntMmRows * IntMmInputs * IntMmOutputs / seconds / 1e9;
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            return 0; // this libtorch has none for the processor
        }
    }

    private static double Best(Action work) => Times(work).Min();

    private static double[] Times(Action work)
    {
        var seconds = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            work();
            seconds[round] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        return seconds;
    }
}
