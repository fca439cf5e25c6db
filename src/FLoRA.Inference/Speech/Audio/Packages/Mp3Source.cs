using NLayer;

namespace FLoRA.Inference.Speech.Audio.Packages;

/// <summary>MP3 (MPEG 1 and 2, layers I to III) by NLayer.</summary>
internal sealed class Mp3Source : IMonoSource
{
    private readonly PackageGuard _guard = new("MP3");
    private readonly MpegFile _file;
    private readonly InterleavedBlock _block;

    /// <summary>Reads the first frames. The stream can seek and stays the caller's.</summary>
    /// <exception cref="AudioFormatException">There is no MPEG frame that can be decoded.</exception>
    public Mp3Source(Stream stream)
    {
        _file = _guard.Open(() => new MpegFile(stream));
        SampleRate = _file.SampleRate;
        Channels = _file.Channels;
        SourceLimits.Check("MP3", SampleRate, Channels);
        _block = new InterleavedBlock(Channels);
    }

    /// <inheritdoc/>
    public string Format => "MP3";

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public int Read(Span<float> mono, List<string> warnings)
    {
        int room = _block.Room(mono.Length);
        int frames = _guard.Read(() => _file.ReadSamples(_block.Samples, 0, room) / Channels, SampleRate, warnings);
        return _block.MixDown(frames * Channels, mono);
    }

    /// <summary>Gives the buffers back; not the stream, so the file is not disposed, which would close it.</summary>
    public void Dispose() => _block.Dispose();
}
