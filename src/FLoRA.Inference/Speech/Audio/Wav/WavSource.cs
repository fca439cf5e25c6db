using System.Buffers;

namespace FLoRA.Inference.Speech.Audio.Wav;

/// <summary>The samples of a WAV file, read in blocks.</summary>
internal sealed class WavSource : IMonoSource
{
    private const int BlockBytes = 64 << 10;

    private readonly Stream _stream;
    private readonly WavFormat _format;
    private readonly long? _claimedBytes;
    private readonly byte[] _block;
    private long _readBytes;
    private bool _ended;

    /// <summary>Reads the header. The stream stays the caller's.</summary>
    /// <exception cref="AudioFormatException">It is no WAV file, or one that is not read here.</exception>
    public WavSource(Stream stream)
    {
        WavHeader header = WavHeader.Read(stream);
        _stream = stream;
        _format = header.Format;
        _claimedBytes = header.DataBytes;
        _block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    }

    /// <inheritdoc/>
    public string Format => _format.Name;

    /// <inheritdoc/>
    public int SampleRate => _format.SampleRate;

    /// <inheritdoc/>
    public int Channels => _format.Channels;

    /// <inheritdoc/>
    public int Read(Span<float> mono, List<string> warnings)
    {
        if (_ended)
            return 0;
        int frames = Math.Min(mono.Length, _block.Length / _format.FrameBytes);
        long left = _claimedBytes is { } claimed ? claimed - _readBytes : long.MaxValue;
        Span<byte> wanted = _block.AsSpan(0, (int)Math.Min((long)frames * _format.FrameBytes, left));
        int got = _stream.ReadUpTo(wanted);
        _readBytes += got;
        _ended = got < wanted.Length || got == left;
        if (got < wanted.Length && _claimedBytes is not null)
            warnings.Add($"WAV: the header claims {_claimedBytes} bytes of samples, the file has {_readBytes}: it is truncated");
        frames = got / _format.FrameBytes;
        if (got % _format.FrameBytes is > 0 and var rest)
            warnings.Add($"WAV: the last {rest} bytes are not a whole frame of {_format.FrameBytes}: left out");
        Decode(_block.AsSpan(0, frames * _format.FrameBytes), mono[..frames]);
        return frames;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_block);

    private void Decode(ReadOnlySpan<byte> bytes, Span<float> mono)
    {
        switch (_format.Encoding)
        {
            case WavEncoding.Unsigned8: MixDown<Unsigned8Codec>(bytes, mono); break;
            case WavEncoding.Signed16: MixDown<Signed16Codec>(bytes, mono); break;
            case WavEncoding.Signed24: MixDown<Signed24Codec>(bytes, mono); break;
            case WavEncoding.Signed32: MixDown<Signed32Codec>(bytes, mono); break;
            case WavEncoding.Float32: MixDown<Float32Codec>(bytes, mono); break;
            case WavEncoding.Float64: MixDown<Float64Codec>(bytes, mono); break;
            case WavEncoding.ALaw: MixDown<ALawCodec>(bytes, mono); break;
            case WavEncoding.MuLaw: MixDown<MuLawCodec>(bytes, mono); break;
            default: throw new InvalidOperationException($"no decoder for {_format.Encoding}");
        }
    }

    private void MixDown<TCodec>(ReadOnlySpan<byte> bytes, Span<float> mono) where TCodec : struct, ISampleCodec
    {
        int sampleBytes = _format.SampleBytes, channels = _format.Channels;
        for (int frame = 0; frame < mono.Length; frame++)
        {
            double sum = 0;
            for (int channel = 0; channel < channels; channel++)
            {
                sum += TCodec.Decode(bytes);
                bytes = bytes[sampleBytes..];
            }

            mono[frame] = (float)(sum / channels);
        }
    }
}
