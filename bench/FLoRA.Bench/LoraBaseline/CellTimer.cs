using System.Diagnostics;
using FLoRA.Bench.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Bench.LoraBaseline;

/// <summary>Times the four forms of one layer in turn, round by round, on the calling thread.</summary>
internal sealed class CellTimer(Device device, int rounds)
{
    private const double SecondsPerSample = 0.004;
    private const int WarmupCalls = 5, MaxCalls = 2000;

    public Cell Measure(int width, int batch, int rank)
    {
        using var scope = NewDisposeScope();
        Tensor weight = rand(width, width, device: device), transposed = weight.t(), x = rand(batch, width, device: device);
        var random = new RandomAdapters(width, seed: rank);
        using var flora = new AdaptedLayer(weight, [.. Enumerable.Range(0, batch).Select(_ => random.Flora(rank))]);
        using var lora = new AdaptedLayer(weight, [.. Enumerable.Range(0, batch).Select(_ => random.Lora(rank))]);
        var bmm = new BmmLora(transposed, rand(batch, width, rank, device: device), rand(batch, rank, width, device: device));
        Func<Tensor>[] forms = [() => x.mm(transposed), () => flora.Forward(x), () => bmm.Forward(x), () => lora.Forward(x)];
        int[] calls = [.. forms.Select(form => CallsFor(form))];
        var samples = forms.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            for (int form = 0; form < forms.Length; form++)
                samples[form].Add(Seconds(forms[form], calls[form]) / calls[form]);
        }

        double[] microseconds = [.. samples.Select(s => 1e6 * Statistics.Median(s))];
        return new Cell(width, batch, rank, microseconds[0], microseconds[1], microseconds[2], microseconds[3]);
    }

    /// <summary>Calls that take long enough for the clock; warms up on the way.</summary>
    private int CallsFor(Func<Tensor> form)
    {
        Seconds(form, WarmupCalls);
        return (int)Math.Clamp(SecondsPerSample / (Seconds(form, WarmupCalls) / WarmupCalls), 1, MaxCalls);
    }

    private double Seconds(Func<Tensor> form, int calls)
    {
        Wait();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            using var scope = NewDisposeScope();
            form();
        }

        Wait();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private void Wait()
    {
        if (device.type == DeviceType.CUDA)
            cuda.synchronize();
    }
}
