using System.Buffers.Binary;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>
/// Reads one message of Protocol Buffers' wire format, field by field. Hostile input: nothing is read beyond the bytes that are there,
/// and nothing is copied but what the caller takes.
/// </summary>
/// <param name="bytes">The message.</param>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private ulong _number;

    /// <summary>Content of a field of bytes, text or a message.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Number of the field that was read.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public bool Next()
    {
        if (_at == _bytes.Length)
            return false;
        ulong key = ReadVarint();
        Field = key >> 3 is > 0 and <= int.MaxValue and var field ? (int)field : throw new FormatException($"field {key >> 3} at byte {_at} is no field of a message");
        Content = default;
        switch ((int)(key & 7))
        {
            case Varint:
                _number = ReadVarint();
                break;
            case Fixed32:
                _number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            case Fixed64:
                _number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case Bytes:
                Content = Take(ReadVarint());
                break;
            case var type:
                throw new FormatException($"field {Field} at byte {_at} has the wire type {type}, which is not known");
        }

        return true;
    }

    /// <summary>The field as a whole number.</summary>
    public readonly int Integer() => unchecked((int)_number);

    /// <summary>The field as a flag.</summary>
    public readonly bool Flag() => _number != 0;

    /// <summary>The field as a number of 32 bits.</summary>
    public readonly float Single() => BitConverter.UInt32BitsToSingle(unchecked((uint)_number));

    /// <summary>The field as a text.</summary>
    /// <exception cref="FormatException">It is not UTF-8.</exception>
    public readonly string Text()
    {
        try
        {
            return Utf8.GetString(Content);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"a text (field {Field}) before byte {_at} is not UTF-8", e);
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new FormatException($"the number before byte {_at} does not end");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_bytes.Length - _at))
            throw new FormatException($"{length} bytes are expected at byte {_at}, {_bytes.Length - _at} are left");
        _at += (int)length;
        return _bytes.Slice(_at - (int)length, (int)length);
    }
}
