using System.Buffers.Binary;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>A file format, told by its first bytes.</summary>
/// <param name="Name">For people.</param>
/// <param name="Extension">Usual ending of the name.</param>
/// <param name="Demuxer">What ffmpeg calls it.</param>
internal sealed record AudioContainer(string Name, string Extension, string Demuxer)
{
    /// <summary>Bytes needed to tell; fewer where the file is shorter.</summary>
    public const int HeadBytes = 64;

    private const int OggSegmentCountOffset = 26, OggSegmentsOffset = 27;

    public static readonly AudioContainer Wav = new("WAV", "wav", "wav");
    public static readonly AudioContainer Flac = new("FLAC", "flac", "flac");
    public static readonly AudioContainer Mp3 = new("MP3", "mp3", "mp3");
    public static readonly AudioContainer OggVorbis = new("Ogg Vorbis", "ogg", "ogg");

    private static readonly AudioContainer
        OggOpus = new("Ogg Opus", "opus", "ogg"),
        OggFlac = new("Ogg FLAC", "oga", "ogg"),
        OggSpeex = new("Ogg Speex", "spx", "ogg"),
        OggOther = new("Ogg", "ogg", "ogg"),
        Mp4 = new("MP4 or M4A", "m4a", "mov"),
        Matroska = new("WebM or Matroska", "webm", "matroska"),
        Aac = new("AAC", "aac", "aac"),
        Aiff = new("AIFF", "aiff", "aiff"),
        Au = new("AU", "au", "au"),
        Caf = new("CAF", "caf", "caf"),
        Wave64 = new("Wave64", "w64", "w64"),
        BigEndianWav = new("RIFX (big-endian WAV)", "wav", "wav"),
        Avi = new("AVI", "avi", "avi"),
        Amr = new("AMR", "amr", "amr"),
        Asf = new("WMA or ASF", "wma", "asf"),
        WavPack = new("WavPack", "wv", "wv");

    /// <summary>The format of a file that begins with <paramref name="head"/>; null: none of those known.</summary>
    public static AudioContainer? Sniff(ReadOnlySpan<byte> head)
    {
        if (Begins(head, "RIFF"u8))
            return Holds(head, 8, "AVI "u8) ? Avi : Wav;
        if (Begins(head, "RF64"u8) || Begins(head, "BW64"u8))
            return Wav;
        if (Begins(head, "OggS"u8))
            return SniffOgg(head);
        if (Begins(head, "FORM"u8) && (Holds(head, 8, "AIFF"u8) || Holds(head, 8, "AIFC"u8)))
            return Aiff;
        if (Holds(head, 4, "ftyp"u8))
            return Mp4;
        return Begins(head, "fLaC"u8) ? Flac
            : Begins(head, "ID3"u8) ? Mp3
            : Begins(head, [0x1A, 0x45, 0xDF, 0xA3]) ? Matroska
            : Begins(head, ".snd"u8) ? Au
            : Begins(head, "caff"u8) ? Caf
            : Begins(head, [(byte)'r', (byte)'i', (byte)'f', (byte)'f', 0x2E, 0x91, 0xCF, 0x11]) ? Wave64
            : Begins(head, "RIFX"u8) ? BigEndianWav
            : Begins(head, "#!AMR"u8) ? Amr
            : Begins(head, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]) ? Asf
            : Begins(head, "wvpk"u8) ? WavPack
            : SniffMpeg(head);
    }

    private static AudioContainer SniffOgg(ReadOnlySpan<byte> head)
    {
        int packet = head.Length > OggSegmentCountOffset ? OggSegmentsOffset + head[OggSegmentCountOffset] : head.Length;
        return Holds(head, packet, "\u0001vorbis"u8) ? OggVorbis
            : Holds(head, packet, "OpusHead"u8) ? OggOpus
            : Holds(head, packet, [0x7F, (byte)'F', (byte)'L', (byte)'A', (byte)'C']) ? OggFlac
            : Holds(head, packet, "Speex   "u8) ? OggSpeex
            : OggOther;
    }

    /// <summary>A frame header: 11 bits of sync, version, layer (0: AAC in ADTS), and neither the bit rate nor the sample rate that is forbidden.</summary>
    private static AudioContainer? SniffMpeg(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4 || (BinaryPrimitives.ReadUInt16BigEndian(head) & 0xFFE0) != 0xFFE0)
            return null;
        int version = (head[1] >> 3) & 3, layer = (head[1] >> 1) & 3, bitRate = head[2] >> 4, sampleRate = (head[2] >> 2) & 3;
        if (layer == 0)
            return (head[1] & 0xF6) == 0xF0 ? Aac : null;
        return version != 1 && bitRate != 15 && sampleRate != 3 ? Mp3 : null;
    }

    private static bool Begins(ReadOnlySpan<byte> head, ReadOnlySpan<byte> mark) => head.StartsWith(mark);

    private static bool Holds(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> mark) => head.Length > offset && head[offset..].StartsWith(mark);
}
