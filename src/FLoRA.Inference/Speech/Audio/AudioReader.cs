using System.Buffers;
using FLoRA.Inference.Speech.Audio.Resampling;
using FLoRA.Inference.Speech.Audio.Wav;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Recordings as one channel of samples at <see cref="AudioClip.SampleRate"/>. Thread-safe.</summary>
public sealed class AudioReader(AudioReaderOptions? options = null)
{
    private const int BlockSamples = 8192;

    private readonly AudioReaderOptions _options = options ?? new AudioReaderOptions();

    /// <summary>Reads a file.</summary>
    /// <exception cref="AudioFormatException">It is no recording that can be read.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public AudioClip ReadFile(string path, CancellationToken cancellationToken = default)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096, FileOptions.SequentialScan);
        return Read(file, cancellationToken);
    }

    /// <summary>Reads from where <paramref name="stream"/> stands to its end, in blocks; it stays the caller's.</summary>
    /// <exception cref="AudioFormatException">It holds no recording that can be read.</exception>
    public AudioClip Read(Stream stream, CancellationToken cancellationToken = default)
    {
        using WavSource source = new(stream);
        return Read(source, cancellationToken);
    }

    private AudioClip Read(IMonoSource source, CancellationToken cancellationToken)
    {
        List<string> warnings = [];
        float[] block = ArrayPool<float>.Shared.Rent(BlockSamples);
        using SampleCollector collector = new(_options.MaxDuration);
        using Resampler? resampler = source.SampleRate == AudioClip.SampleRate ? null : new Resampler(source.SampleRate, AudioClip.SampleRate);
        SampleSilencer silencer = new(source.SampleRate);
        try
        {
            while (source.Read(block, warnings) is > 0 and var count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> samples = block.AsSpan(0, count);
                silencer.Apply(samples);
                if (resampler is null)
                    collector.Add(samples);
                else
                    resampler.Add(samples, collector);
            }

            resampler?.Finish(collector);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(block);
        }

        silencer.Report(source.Format, warnings);
        return new AudioClip
        {
            Samples = collector.ToArray(),
            SourceFormat = source.Format,
            SourceSampleRate = source.SampleRate,
            SourceChannels = source.Channels,
            Warnings = warnings,
        };
    }
}
