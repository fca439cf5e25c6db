using System.Buffers.Binary;
using System.Text;
using FLoRA.Inference.Tests.Models.Safetensors;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Damages the header of a safetensors file as JSON, and now and then its length or the data behind it.</summary>
internal sealed class SafetensorsMutator : IMutator
{
    private const int LengthBytes = sizeof(ulong);

    private static readonly JsonMutator Header = new("\"F32\"", "\"BF16\"", "\"F64\"", "\"F4\"", "\"I64\"", "[0]", "[0,0]", "[2,3]", "[1,9223372036854775807,9223372036854775807]", "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");

    /// <inheritdoc/>
    public byte[] Damage(byte[] file, Random random)
    {
        int headerBytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        byte[] header = file[LengthBytes..(LengthBytes + headerBytes)], data = file[(LengthBytes + headerBytes)..];
        header = random.Next(8) == 0 ? [.. header, .. Encoding.UTF8.GetBytes(new string(' ', random.Next(9)))] : Header.Damage(header, random);
        data = random.Next(6) switch { 0 => data[..random.Next(data.Length)], 1 => [.. data, .. new byte[random.Next(40)]], _ => data };
        byte[] damaged = RawSafetensors.Bytes(header, data);
        if (random.Next(8) == 0)
            damaged[random.Next(LengthBytes)] ^= (byte)random.Next(256);
        return damaged;
    }
}
