using BenchmarkDotNet.Attributes;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Bench.Micro;

/// <summary>Log-mel features of a minute of noise, on one thread: 600 ms would be 100 times faster than real time.</summary>
public class LogMelBenchmark
{
    private const int Seconds = 60;

    private readonly float[] _samples = new float[Seconds * AudioClip.SampleRate];
    private LogMel? _mel;

    [Params(80, 128)]
    public int Mels { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        foreach (ref float sample in _samples.AsSpan())
            sample = (float)(random.NextDouble() - 0.5);
        _mel = new LogMel(Mels);
    }

    [Benchmark]
    public float[] Minute() => _mel!.Compute(_samples, Seconds * LogMel.FramesPerSecond);
}
