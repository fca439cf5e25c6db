using System.Diagnostics;
using static TorchSharp.torch;

namespace FLoRA.Benchmarks.Rooflines;

/// <summary>Measures a <see cref="DeviceRoofline"/> by libtorch's own kernels: the best of some rounds. 4.3 GiB of the device's memory.</summary>
internal static class DeviceProbe
{
    private const long Numbers = 1L << 29, Width = 8192;
    private const int Rounds = 6;

    /// <summary>Measures; the device must do nothing else.</summary>
    /// <param name="dtype">Type of the product.</param>
    public static DeviceRoofline Measure(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        Tensor from = zeros(Numbers, dtype: ScalarType.Float32, device: CUDA), to = empty_like(from);
        double bytes = Numbers * sizeof(float), sum = Seconds(() => from.sum().Dispose()), copy = Seconds(() => to.copy_(from));
        Tensor a = randn(Width, Width, dtype: dtype, device: CUDA), b = randn(Width, Width, dtype: dtype, device: CUDA);
        double product = Seconds(() => a.mm(b).Dispose());
        return new DeviceRoofline(Math.Max(bytes / sum, 2 * bytes / copy) / 1e9, Width * Width * Width / product / 1e9);
    }

    private static double Seconds(Action work)
    {
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            cuda.synchronize();
            long started = Stopwatch.GetTimestamp();
            work();
            cuda.synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best;
    }
}
