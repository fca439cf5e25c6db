using System.Buffers;
using System.Text;
using FLoRA.Inference.Speech.Audio.Ffmpeg;
using FLoRA.Inference.Speech.Audio.Flac;
using FLoRA.Inference.Speech.Audio.Packages;
using FLoRA.Inference.Speech.Audio.Resampling;
using FLoRA.Inference.Speech.Audio.Wav;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>
/// Recordings as one channel of samples at <see cref="AudioClip.SampleRate"/>. The first bytes tell the format, never a name: WAV, FLAC, MP3
/// and Ogg Vorbis are decoded here, others by ffmpeg where it is installed. Thread-safe.
/// </summary>
public sealed class AudioReader(AudioReaderOptions? options = null)
{
    private const int BlockSamples = 8192, ShownBytes = 8;

    private readonly AudioReaderOptions _options = options ?? new AudioReaderOptions();

    /// <summary>Reads a file.</summary>
    /// <exception cref="AudioFormatException">It is no recording that can be read; the message begins with the path.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public AudioClip ReadFile(string path, CancellationToken cancellationToken = default)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096, FileOptions.SequentialScan);
        try
        {
            return Read(file, cancellationToken);
        }
        catch (AudioFormatException failure)
        {
            throw new AudioFormatException($"'{path}': {failure.Message}", failure);
        }
    }

    /// <summary>Reads from where <paramref name="stream"/> stands to its end; it stays the caller's. WAV and FLAC are read in blocks, others are copied first.</summary>
    /// <exception cref="AudioFormatException">It holds no recording that can be read.</exception>
    public AudioClip Read(Stream stream, CancellationToken cancellationToken = default)
    {
        byte[] head = new byte[AudioContainer.HeadBytes];
        int got = stream.ReadUpTo(head);
        AudioContainer container = AudioContainer.Sniff(head.AsSpan(0, got)) ?? throw Unknown(head.AsSpan(0, got));
        if (stream.CanSeek)
            stream.Position -= got;
        else
            stream = new HeadedStream(head[..got], stream);
        using IMonoSource source = Open(container, stream, cancellationToken);
        return Read(source, cancellationToken);
    }

    /// <summary>As <see cref="Read(Stream, CancellationToken)"/>, for streams that must not be read synchronously, such as the body of a web request: all of it is kept in memory first.</summary>
    /// <exception cref="AudioFormatException">It holds no recording that can be read.</exception>
    public async Task<AudioClip> ReadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        using MemoryStream copy = new();
        await EncodedCopy.CopyAsync(stream, copy, _options.MaxEncodedBytes, cancellationToken);
        copy.Position = 0;
        return Read(copy, cancellationToken);
    }

    private IMonoSource Open(AudioContainer container, Stream stream, CancellationToken cancellationToken)
    {
        if (container == AudioContainer.Wav)
            return new WavSource(stream);
        if (container == AudioContainer.Flac)
            return new FlacSource(stream);
        if (container == AudioContainer.Mp3)
            return new Mp3Source(Seekable(stream, cancellationToken));
        if (container == AudioContainer.OggVorbis)
            return new VorbisSource(Seekable(stream, cancellationToken));
        return new FfmpegSource(container, stream, _options, cancellationToken);
    }

    /// <summary>The packages seek, and count from the start of the stream.</summary>
    private Stream Seekable(Stream stream, CancellationToken cancellationToken)
    {
        if (stream.CanSeek && stream.Position == 0)
            return stream;
        MemoryStream copy = new();
        EncodedCopy.Copy(stream, copy, _options.MaxEncodedBytes, cancellationToken);
        copy.Position = 0;
        return copy;
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

    private static AudioFormatException Unknown(ReadOnlySpan<byte> head)
    {
        StringBuilder shown = new();
        foreach (byte value in head[..Math.Min(head.Length, ShownBytes)])
            shown.Append(value is >= (byte)' ' and <= (byte)'~' ? (char)value : '.');
        string got = head.IsEmpty ? "nothing" : $"a file that begins with {Convert.ToHexString(head[..shown.Length])} ('{shown}')";
        return new AudioFormatException($"expected a recording (WAV, FLAC, MP3 or Ogg Vorbis, with ffmpeg also M4A, Opus, WebM and others), got {got}");
    }
}
