using System.Buffers.Binary;
using System.Text;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>WAV files as their writers make them, and as they should not be.</summary>
internal sealed record WavFile
{
    private static readonly byte[] TagGuidTail = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    public int Tag { get; init; } = 1;

    public int Bits { get; init; } = 16;

    public int Channels { get; init; } = 1;

    public uint SampleRate { get; init; } = 16_000;

    /// <summary>Bytes of a frame as the header says; null: what is right.</summary>
    public int? FrameBytes { get; init; }

    public bool IsExtensible { get; init; }

    public byte[] Data { get; init; } = [];

    public uint? DataSize { get; init; }

    public uint? RiffSize { get; init; }

    public string Riff { get; init; } = "RIFF";

    /// <summary>Chunks before fmt, between fmt and data, after the data.</summary>
    public (string Id, byte[] Body)[] Before { get; init; } = [];

    public (string Id, byte[] Body)[] Between { get; init; } = [];

    public (string Id, byte[] Body)[] After { get; init; } = [];

    public byte[] Bytes()
    {
        List<byte> body = [.. Encoding.ASCII.GetBytes("WAVE")];
        foreach ((string id, byte[] content) in (IEnumerable<(string, byte[])>)[.. Before, ("fmt ", Format()), .. Between])
            body.AddRange(Chunk(id, content, (uint)content.Length));
        body.AddRange(Chunk("data", Data, DataSize ?? (uint)Data.Length));
        foreach ((string id, byte[] content) in After)
            body.AddRange(Chunk(id, content, (uint)content.Length));
        return [.. Encoding.ASCII.GetBytes(Riff), .. Four(RiffSize ?? (uint)body.Count), .. body];
    }

    private byte[] Format()
    {
        int frameBytes = FrameBytes ?? Channels * ((Bits + 7) / 8);
        byte[] plain = [.. Two(IsExtensible ? 0xFFFE : Tag), .. Two(Channels), .. Four(SampleRate), .. Four((uint)(SampleRate * frameBytes)), .. Two(frameBytes), .. Two(Bits)];
        return IsExtensible ? [.. plain, .. Two(22), .. Two(Bits), .. Four(0), .. Two(Tag), .. TagGuidTail] : plain;
    }

    private static byte[] Chunk(string id, byte[] body, uint size) => [.. Encoding.ASCII.GetBytes(id), .. Four(size), .. body, .. new byte[body.Length & 1]];

    private static byte[] Two(int value) => [(byte)value, (byte)(value >> 8)];

    private static byte[] Four(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
