using System.Buffers.Binary;
using System.Text;
using FLoRA.Inference.Models;
using FLoRA.Inference.Models.Weights;
using FLoRA.Inference.Tests.Models.Safetensors;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>Writes safetensors files with numbers that follow from a tensor's name and an element's index.</summary>
internal static class SyntheticCheckpoint
{
    /// <summary>All tensors of the blueprint, in the order of their names.</summary>
    public static SortedDictionary<string, long[]> TensorsOf(DecoderBlueprint blueprint) =>
        new(ExpectedTensors.Of(blueprint).ToDictionary(), StringComparer.Ordinal);

    /// <summary>Element <paramref name="index"/> of a tensor: between -1 and 1, with more digits than 16 bits hold.</summary>
    public static float Value(string name, long index)
    {
        var hash = 2166136261u;
        foreach (var letter in name)
            hash = (hash ^ letter) * 16777619;
        hash = (hash ^ (uint)index) * 2654435761;
        return ((hash ^ (hash >> 15)) / (float)uint.MaxValue * 2) - 1;
    }

    public static void Write(string path, IReadOnlyDictionary<string, long[]> tensors, string dtype = "F32")
    {
        using var data = new MemoryStream();
        var header = new List<string>();
        foreach (var (name, shape) in tensors)
        {
            var begin = data.Length;
            var count = shape.Aggregate(1L, (product, dimension) => product * dimension);
            for (long i = 0; i < count; i++)
                data.Write(Encode(Value(name, i), dtype));
            header.Add(RawSafetensors.Tensor(name, dtype, $"[{string.Join(",", shape)}]", begin, data.Length));
        }

        File.WriteAllBytes(path, RawSafetensors.Bytes(Encoding.UTF8.GetBytes(RawSafetensors.Header([.. header])), data.ToArray()));
    }

    /// <summary>A file of zeros that takes no room on disk.</summary>
    public static long WriteSparse(string path, IReadOnlyDictionary<string, long[]> tensors, string dtype)
    {
        var header = new List<string>();
        long end = 0;
        foreach (var (name, shape) in tensors)
        {
            var begin = end;
            end += shape.Aggregate(dtype == "F32" ? 4L : 2L, (product, dimension) => product * dimension);
            header.Add(RawSafetensors.Tensor(name, dtype, $"[{string.Join(",", shape)}]", begin, end));
        }

        var start = RawSafetensors.Bytes(Encoding.UTF8.GetBytes(RawSafetensors.Header([.. header])), []);
        using var file = File.Create(path);
        file.Write(start);
        file.SetLength(start.Length + end);
        return end;
    }

    /// <summary>bfloat16 by rounding to nearest, ties to even, as IEEE 754 rounds.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static byte[] Encode(float value, string dtype)
    {
        var bytes = new byte[dtype == "F32" ? 4 : 2];
        switch (dtype)
        {
            case "F32": BinaryPrimitives.WriteSingleLittleEndian(bytes, value); break;
            case "F16": BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value); break;
            case "BF16": BinaryPrimitives.WriteUInt16LittleEndian(bytes, ToBFloat16(value)); break;
            default: throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "F32, F16 or BF16");
        }

        return bytes;
    }
}
