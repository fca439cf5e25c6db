using System.Buffers.Binary;

namespace FLoRA.Inference.Speech.Audio.Wav;

/// <summary>One sample from its bytes, full scale -1 to 1. Structs, so that the loop over a block is compiled for each.</summary>
internal interface ISampleCodec
{
    /// <summary>The sample that begins <paramref name="bytes"/>.</summary>
    static abstract double Decode(ReadOnlySpan<byte> bytes);
}

internal readonly struct Unsigned8Codec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes) => (bytes[0] - 128) / 128.0;
}

internal readonly struct Signed16Codec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0;
}

internal readonly struct Signed24Codec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes) => ((bytes[0] << 8) | (bytes[1] << 16) | (bytes[2] << 24)) / 2147483648.0;
}

internal readonly struct Signed32Codec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0;
}

internal readonly struct Float32Codec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadSingleLittleEndian(bytes);
}

internal readonly struct Float64Codec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadDoubleLittleEndian(bytes);
}

/// <summary>ITU-T G.711 A-law: sign, 3 bits of exponent, 4 of mantissa; every other bit is inverted.</summary>
internal readonly struct ALawCodec : ISampleCodec
{
    public static double Decode(ReadOnlySpan<byte> bytes)
    {
        int code = bytes[0] ^ 0x55;
        int exponent = (code >> 4) & 7, mantissa = ((code & 15) << 4) + 8;
        int magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
        return ((code & 0x80) != 0 ? magnitude : -magnitude) / 32768.0;
    }
}

/// <summary>ITU-T G.711 mu-law: sign, 3 bits of exponent, 4 of mantissa; all bits are inverted.</summary>
internal readonly struct MuLawCodec : ISampleCodec
{
    private const int Bias = 0x84;

    public static double Decode(ReadOnlySpan<byte> bytes)
    {
        int code = ~bytes[0];
        int magnitude = ((((code & 15) << 3) + Bias) << ((code >> 4) & 7)) - Bias;
        return ((code & 0x80) != 0 ? -magnitude : magnitude) / 32768.0;
    }
}
