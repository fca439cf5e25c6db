using System.Buffers.Binary;

namespace FLoRA.Inference.Speech.Audio.Wav;

/// <summary>A checked fmt chunk.</summary>
/// <param name="Encoding">How a sample is stored.</param>
/// <param name="Bits">As declared; up to 7 fewer than the container has.</param>
/// <param name="Channels">Samples per frame.</param>
/// <param name="SampleRate">Frames per second.</param>
internal sealed record WavFormat(WavEncoding Encoding, int Bits, int Channels, int SampleRate)
{
    /// <summary>Bytes of the longest form that is read: WAVE_FORMAT_EXTENSIBLE.</summary>
    public const int LargestBytes = 40;

    private const int LeastBytes = 16, SubFormatOffset = 24;
    private const string Convert = "convert with: ffmpeg -i in.wav -ar 16000 -ac 1 out.wav";

    // The last 14 bytes of every sub-format GUID that stands for a format tag.
    private static ReadOnlySpan<byte> TagGuidTail => [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    /// <summary>Bytes of one sample.</summary>
    public int SampleBytes => BytesOf(Encoding);

    /// <summary>Bytes of one sample of every channel.</summary>
    public int FrameBytes => SampleBytes * Channels;

    /// <summary>For people.</summary>
    public string Name => Encoding switch
    {
        WavEncoding.Float32 or WavEncoding.Float64 => $"WAV, {Bits}-bit float",
        WavEncoding.ALaw => "WAV, A-law",
        WavEncoding.MuLaw => "WAV, mu-law",
        _ => $"WAV, {Bits}-bit PCM",
    };

    /// <summary>Reads the body of a fmt chunk, of which at most <see cref="LargestBytes"/> are needed.</summary>
    /// <exception cref="AudioFormatException">It is too short, contradicts itself, or names a codec that is not read.</exception>
    public static WavFormat Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < LeastBytes)
            throw new AudioFormatException($"WAV: expected a fmt chunk of at least {LeastBytes} bytes, got {body.Length}");
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(body);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
        uint sampleRate = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        int frameBytes = BinaryPrimitives.ReadUInt16LittleEndian(body[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);
        if (tag == FormatTag.Extensible)
            tag = SubFormat(body);
        SourceLimits.Check("WAV", sampleRate, channels);
        WavEncoding encoding = EncodingOf(tag, bits);
        int expectedFrameBytes = channels * BytesOf(encoding);
        if (frameBytes != expectedFrameBytes)
            throw new AudioFormatException($"WAV: expected {expectedFrameBytes} bytes per frame ({channels} channels of {bits} bits), got {frameBytes}");
        return new WavFormat(encoding, bits, channels, (int)sampleRate);
    }

    private static int SubFormat(ReadOnlySpan<byte> body)
    {
        if (body.Length < LargestBytes)
            throw new AudioFormatException($"WAV: expected a WAVE_FORMAT_EXTENSIBLE chunk of at least {LargestBytes} bytes, got {body.Length}");
        ReadOnlySpan<byte> guid = body.Slice(SubFormatOffset, 16);
        return guid[2..].SequenceEqual(TagGuidTail)
            ? BinaryPrimitives.ReadUInt16LittleEndian(guid)
            : throw new AudioFormatException($"WAV: expected a sub-format of PCM, float, A-law or mu-law, got {new Guid(guid)}; {Convert}");
    }

    private static WavEncoding EncodingOf(int tag, int bits) => (tag, bits) switch
    {
        (FormatTag.Pcm, >= 1 and <= 8) => WavEncoding.Unsigned8,
        (FormatTag.Pcm, > 8 and <= 16) => WavEncoding.Signed16,
        (FormatTag.Pcm, > 16 and <= 24) => WavEncoding.Signed24,
        (FormatTag.Pcm, > 24 and <= 32) => WavEncoding.Signed32,
        (FormatTag.Float, 32) => WavEncoding.Float32,
        (FormatTag.Float, 64) => WavEncoding.Float64,
        (FormatTag.ALaw, 8) => WavEncoding.ALaw,
        (FormatTag.MuLaw, 8) => WavEncoding.MuLaw,
        (FormatTag.Pcm, _) => throw new AudioFormatException($"WAV: expected PCM of 1 to 32 bits, got {bits}; {Convert}"),
        (FormatTag.Float, _) => throw new AudioFormatException($"WAV: expected float of 32 or 64 bits, got {bits}; {Convert}"),
        (FormatTag.ALaw or FormatTag.MuLaw, _) => throw new AudioFormatException($"WAV: expected 8 bits with A-law or mu-law, got {bits}; {Convert}"),
        _ => throw new AudioFormatException($"WAV: expected PCM, float, A-law or mu-law, got {FormatTag.Describe(tag)}; {Convert}"),
    };

    private static int BytesOf(WavEncoding encoding) => encoding switch
    {
        WavEncoding.Signed16 => 2,
        WavEncoding.Signed24 => 3,
        WavEncoding.Signed32 or WavEncoding.Float32 => 4,
        WavEncoding.Float64 => 8,
        _ => 1,
    };
}
