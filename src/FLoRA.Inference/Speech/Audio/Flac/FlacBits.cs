using System.Buffers;
using System.Numerics;

namespace FLoRA.Inference.Speech.Audio.Flac;

/// <summary>Bits of a FLAC stream, most significant first. Takes bytes one by one, so that the checksums cover exactly what was read.</summary>
internal sealed class FlacBits(Stream stream) : IDisposable
{
    private const int BlockBytes = 32 << 10;

    private static readonly ushort[] Crc16Table = [.. Enumerable.Range(0, 256).Select(value => (ushort)Crc(value << 8, 0x8000, 0x8005))];
    private static readonly byte[] Crc8Table = [.. Enumerable.Range(0, 256).Select(value => (byte)Crc(value, 0x80, 0x07))];

    private readonly byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private int _next, _end;

    // The bits that were taken and not used are the lowest of _bits, at most 7 between two reads.
    private ulong _bits;
    private int _count;

    /// <summary>CRC-16 of the bytes taken since <see cref="StartChecksums"/>.</summary>
    public ushort Crc16 { get; private set; }

    /// <summary>CRC-8 of the same.</summary>
    public byte Crc8 { get; private set; }

    /// <summary>Begins anew; at the first byte of a frame.</summary>
    public void StartChecksums() => (Crc16, Crc8) = (0, 0);

    /// <summary>True: no byte is left.</summary>
    public bool AtEnd => _next == _end && !Fill();

    /// <summary>An unsigned number of 0 to 32 bits.</summary>
    /// <exception cref="EndOfStreamException">The stream has ended.</exception>
    public uint Read(int bits)
    {
        while (_count < bits)
            Take();
        _count -= bits;
        uint value = (uint)((_bits >> _count) & ((1UL << bits) - 1));
        return value;
    }

    /// <summary>A two's complement number of 1 to 33 bits.</summary>
    /// <exception cref="EndOfStreamException">The stream has ended.</exception>
    public long ReadSigned(int bits)
    {
        ulong value = bits > 32 ? ((ulong)Read(bits - 32) << 32) | Read(32) : Read(bits);
        int unused = 64 - bits;
        return (long)(value << unused) >> unused;
    }

    /// <summary>The number of zeros before the next one, which is passed.</summary>
    /// <exception cref="EndOfStreamException">The stream has ended.</exception>
    public int ReadUnary()
    {
        int zeros = 0;
        while (true)
        {
            ulong left = _bits & ((1UL << _count) - 1);
            if (left != 0)
            {
                int ahead = _count - 1 - BitOperations.Log2(left);
                _count -= ahead + 1;
                return zeros + ahead;
            }

            zeros += _count;
            _count = 0;
            Take();
        }
    }

    /// <summary>Passes the rest of a byte that was begun.</summary>
    public void Align() => _count -= _count % 8;

    /// <summary>Passes whole bytes; only between two of them.</summary>
    /// <exception cref="EndOfStreamException">The stream has ended.</exception>
    public void Skip(int byteCount)
    {
        while (byteCount > 0)
        {
            if (AtEnd)
                throw new EndOfStreamException("the file ends within its metadata");
            int count = Math.Min(byteCount, _end - _next);
            _next += count;
            byteCount -= count;
        }
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_block);

    private void Take()
    {
        if (AtEnd)
            throw new EndOfStreamException("the file ends within a frame");
        byte value = _block[_next++];
        _bits = (_bits << 8) | value;
        _count += 8;
        Crc16 = (ushort)((Crc16 << 8) ^ Crc16Table[(Crc16 >> 8) ^ value]);
        Crc8 = Crc8Table[Crc8 ^ value];
    }

    private bool Fill()
    {
        _next = 0;
        _end = stream.Read(_block, 0, _block.Length);
        return _end > 0;
    }

    private static int Crc(int value, int top, int polynomial)
    {
        for (int bit = 0; bit < 8; bit++)
            value = (value & top) != 0 ? (value << 1) ^ polynomial : value << 1;
        return value;
    }
}
