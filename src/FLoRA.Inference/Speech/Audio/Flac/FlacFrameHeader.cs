namespace FLoRA.Inference.Speech.Audio.Flac;

/// <summary>What a frame says of itself before its samples.</summary>
/// <param name="BlockSize">Samples of each channel.</param>
/// <param name="Assignment">Below 8: number of channels - 1; 8 left and side, 9 side and right, 10 mid and side.</param>
/// <param name="Bits">Of a sample.</param>
internal readonly record struct FlacFrameHeader(int BlockSize, int Assignment, int Bits)
{
    public const int LeftSide = 8, SideRight = 9, MidSide = 10;

    // 14 bits of sync, one that is reserved.
    private const uint Sync = 0b11111111_1111100;

    /// <summary>Channels that are stored.</summary>
    public int Channels => Assignment < LeftSide ? Assignment + 1 : 2;

    /// <summary>Reads one, its checksum too.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or is not of this stream.</exception>
    /// <exception cref="EndOfStreamException">The file ends within it.</exception>
    public static FlacFrameHeader Read(FlacBits bits, FlacStreamInfo stream)
    {
        bits.StartChecksums();
        if (bits.Read(15) != Sync)
            throw new InvalidDataException("expected the start of a frame");
        bits.Read(1); // blocks of fixed or variable size: it changes only what the number counts
        int sizeCode = (int)bits.Read(4), rateCode = (int)bits.Read(4), assignment = (int)bits.Read(4), bitsCode = (int)bits.Read(3);
        if (bits.Read(1) != 0 || sizeCode == 0 || rateCode == 15 || assignment > MidSide || bitsCode == 3)
            throw new InvalidDataException("a frame header has a reserved value");
        SkipNumber(bits);
        int blockSize = sizeCode switch
        {
            1 => 192,
            <= 5 => 576 << (sizeCode - 2),
            6 => (int)bits.Read(8) + 1,
            7 => (int)bits.Read(16) + 1,
            _ => 256 << (sizeCode - 8),
        };
        bits.Read(rateCode switch { 12 => 8, 13 or 14 => 16, _ => 0 });
        byte expected = bits.Crc8;
        if (bits.Read(8) != expected)
            throw new InvalidDataException("the checksum of a frame header is wrong");
        int width = bitsCode switch { 0 => stream.Bits, 1 => 8, 2 => 12, 4 => 16, 5 => 20, 6 => 24, _ => 32 };
        FlacFrameHeader header = new(blockSize, assignment, width);
        return header.Channels == stream.Channels && width == stream.Bits
            ? header
            : throw new InvalidDataException($"expected frames of {stream.Channels} channels and {stream.Bits} bits, got {header.Channels} and {width}");
    }

    /// <summary>The number of the frame, coded as UTF-8 codes a character, up to 7 bytes.</summary>
    private static void SkipNumber(FlacBits bits)
    {
        uint first = bits.Read(8);
        int ones = 0;
        while (ones < 8 && (first & (0x80u >> ones)) != 0)
            ones++;
        if (ones is 1 or 8)
            throw new InvalidDataException("the number of a frame is damaged");
        for (int further = 1; further < ones; further++)
        {
            if (bits.Read(2) != 0b10)
                throw new InvalidDataException("the number of a frame is damaged");
            bits.Read(6);
        }
    }
}
