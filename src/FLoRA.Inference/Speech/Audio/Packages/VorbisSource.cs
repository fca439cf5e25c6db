using NVorbis;

namespace FLoRA.Inference.Speech.Audio.Packages;

/// <summary>Ogg Vorbis by NVorbis; the first stream of the file.</summary>
internal sealed class VorbisSource : IMonoSource
{
    private readonly PackageGuard _guard = new("Ogg Vorbis");
    private readonly VorbisReader _reader;
    private readonly InterleavedBlock _block;

    /// <summary>Reads the headers. The stream can seek and stays the caller's.</summary>
    /// <exception cref="AudioFormatException">It holds no Vorbis stream that can be decoded.</exception>
    public VorbisSource(Stream stream)
    {
        _reader = _guard.Open(() => new VorbisReader(stream, closeOnDispose: false));
        SampleRate = _reader.SampleRate;
        Channels = _reader.Channels;
        try
        {
            SourceLimits.Check("Ogg Vorbis", SampleRate, Channels);
        }
        catch
        {
            _reader.Dispose();
            throw;
        }

        _block = new InterleavedBlock(Channels);
    }

    /// <inheritdoc/>
    public string Format => "Ogg Vorbis";

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public int Read(Span<float> mono, List<string> warnings)
    {
        int room = _block.Room(mono.Length);
        int frames = _guard.Read(() => _reader.ReadSamples(_block.Samples, 0, room) / Channels, SampleRate, warnings);
        return _block.MixDown(frames * Channels, mono);
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        _block.Dispose();
    }
}
