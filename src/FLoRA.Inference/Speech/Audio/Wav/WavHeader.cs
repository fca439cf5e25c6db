using System.Buffers.Binary;
using System.Text;

namespace FLoRA.Inference.Speech.Audio.Wav;

/// <summary>Everything before the samples of a RIFF, RF64 or BW64 file.</summary>
/// <param name="Format">How they are stored.</param>
/// <param name="DataBytes">Bytes of samples that the file claims; null: up to its end.</param>
internal sealed record WavHeader(WavFormat Format, long? DataBytes)
{
    private const int ChunkHeaderBytes = 8, RiffHeaderBytes = 12;
    private const uint Unknown = uint.MaxValue;

    // Enough for a person to see what kind of file it is.
    private const int ListedChunks = 8;

    /// <summary>Reads from the first byte of the file up to the first sample.</summary>
    /// <exception cref="AudioFormatException">It is no WAV file, or one that is not read here.</exception>
    public static WavHeader Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[RiffHeaderBytes];
        int got = stream.ReadUpTo(head);
        if (got < RiffHeaderBytes || !head[8..].SequenceEqual("WAVE"u8))
            throw new AudioFormatException($"WAV: expected a RIFF header with WAVE in it, got {got} bytes: {Convert.ToHexString(head[..got])}");
        uint riffBytes = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        long position = RiffHeaderBytes;
        WavFormat? format = null;
        long? longDataBytes = null;
        List<string> seen = [];
        Span<byte> body = stackalloc byte[WavFormat.LargestBytes];
        while (stream.ReadUpTo(head[..ChunkHeaderBytes]) == ChunkHeaderBytes)
        {
            position += ChunkHeaderBytes;
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (head[..4].SequenceEqual("data"u8))
            {
                return new WavHeader(
                    format ?? throw new AudioFormatException($"WAV: expected a fmt chunk before the data, got {Describe(seen)}"),
                    ClaimedBytes(size, longDataBytes, riffBytes, position));
            }

            int kept = (int)Math.Min(size, body.Length);
            if (head[..4].SequenceEqual("fmt "u8))
            {
                kept = stream.ReadUpTo(body[..kept]);
                format = WavFormat.Read(body[..kept]);
            }
            else if (head[..4].SequenceEqual("ds64"u8) && size >= 16)
            {
                kept = stream.ReadUpTo(body[..kept]);
                if (kept >= 16)
                    longDataBytes = (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(body[8..]), long.MaxValue);
            }
            else
            {
                kept = 0;
            }

            if (seen.Count < ListedChunks)
                seen.Add(ChunkName(head[..4]));
            long padded = size + (size & 1L);
            position += padded;
            if (!stream.Skip(padded - kept))
                break;
        }

        throw new AudioFormatException($"WAV: expected a data chunk, got the end of the file after {Describe(seen)}");
    }

    /// <summary>
    /// 0xFFFFFFFF and 0 are what a writer leaves that cannot go back: the data goes on to the end of the file. 0 is meant where the RIFF
    /// size counts something behind the data, so it was filled in at the end.
    /// </summary>
    private static long? ClaimedBytes(uint size, long? longDataBytes, uint riffBytes, long dataStart) => size switch
    {
        Unknown => longDataBytes is > 0 ? longDataBytes : null,
        0 => riffBytes != Unknown && riffBytes + (long)ChunkHeaderBytes > dataStart ? 0 : null,
        _ => size,
    };

    private static string Describe(List<string> chunks) => chunks.Count == 0 ? "no chunk" : $"the chunks {string.Join(", ", chunks)}";

    private static string ChunkName(ReadOnlySpan<byte> id)
    {
        foreach (byte letter in id)
        {
            if (letter is < (byte)' ' or > (byte)'~')
                return $"0x{Convert.ToHexString(id)}";
        }

        return $"'{Encoding.ASCII.GetString(id)}'";
    }
}
