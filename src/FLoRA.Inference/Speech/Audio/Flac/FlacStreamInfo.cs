namespace FLoRA.Inference.Speech.Audio.Flac;

/// <summary>The first metadata block.</summary>
/// <param name="SampleRate">Frames per second.</param>
/// <param name="Channels">1 to 8.</param>
/// <param name="Bits">Of a sample, 4 to 32.</param>
/// <param name="SampleCount">Per channel; 0: not known.</param>
internal sealed record FlacStreamInfo(int SampleRate, int Channels, int Bits, long SampleCount)
{
    private const int StreamInfoType = 0, StreamInfoBytes = 34, BytesBeforeRate = 10, Md5Bytes = 16;

    /// <summary>Reads from the first byte of the file up to the first frame.</summary>
    /// <exception cref="AudioFormatException">It is no FLAC file.</exception>
    /// <exception cref="EndOfStreamException">It ends before.</exception>
    public static FlacStreamInfo Read(FlacBits bits)
    {
        uint mark = bits.Read(32);
        if (mark != 0x664C6143)
            throw new AudioFormatException($"FLAC: expected the mark fLaC, got 0x{mark:X8}");
        FlacStreamInfo? info = null;
        bool last;
        do
        {
            last = bits.Read(1) == 1;
            int type = (int)bits.Read(7), byteCount = (int)bits.Read(24);
            if (info is null && (type != StreamInfoType || byteCount != StreamInfoBytes))
                throw new AudioFormatException($"FLAC: expected a STREAMINFO block of {StreamInfoBytes} bytes first, got type {type} of {byteCount} bytes");
            if (info is null)
                info = ReadBody(bits);
            else
                bits.Skip(byteCount);
        }
        while (!last);
        SourceLimits.Check("FLAC", info.SampleRate, info.Channels);
        return info.Bits >= 4 ? info : throw new AudioFormatException($"FLAC: expected 4 to 32 bits per sample, got {info.Bits}");
    }

    private static FlacStreamInfo ReadBody(FlacBits bits)
    {
        bits.Skip(BytesBeforeRate);
        int sampleRate = (int)bits.Read(20), channels = (int)bits.Read(3) + 1, width = (int)bits.Read(5) + 1;
        long sampleCount = ((long)bits.Read(4) << 32) | bits.Read(32);
        bits.Skip(Md5Bytes);
        return new FlacStreamInfo(sampleRate, channels, width, sampleCount);
    }
}
