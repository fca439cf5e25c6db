using BenchmarkDotNet.Attributes;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Bench.Micro;

/// <summary>A minute of stereo 16-bit WAV to 16 kHz mono, on one thread. 44,101 Hz has no table of filters: they are made for each sample.</summary>
public class AudioReaderBenchmark
{
    private const int Seconds = 60, FrameBytes = 4;

    private byte[] _file = [];

    [Params(8000, 16_000, 44_100, 44_101, 48_000)]
    public int SampleRate { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        byte[] data = new byte[Seconds * SampleRate * FrameBytes];
        new Random(1).NextBytes(data);
        using MemoryStream file = new();
        using BinaryWriter writer = new(file);
        writer.Write("RIFF"u8);
        writer.Write(36 + data.Length);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1); // PCM
        writer.Write((short)2); // channels
        writer.Write(SampleRate);
        writer.Write(SampleRate * FrameBytes);
        writer.Write((short)FrameBytes);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(data.Length);
        writer.Write(data);
        _file = file.ToArray();
    }

    [Benchmark]
    public AudioClip Minute()
    {
        using MemoryStream stream = new(_file);
        return new AudioReader().Read(stream);
    }
}
