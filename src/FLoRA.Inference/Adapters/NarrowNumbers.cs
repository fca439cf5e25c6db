using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu;
using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>float32 numbers as the bytes of another type, rounded to the nearest, ties to even, as libtorch does; without libtorch, so on any thread.</summary>
internal static class NarrowNumbers
{
    /// <summary>The bytes of <paramref name="values"/> in a type of 32 or 16 bits.</summary>
    /// <exception cref="ArgumentException">Another type.</exception>
    public static byte[] To(ScalarType type, float[] values) => type switch
    {
        ScalarType.Float32 => MemoryMarshal.AsBytes<float>(values).ToArray(),
        ScalarType.BFloat16 => ToShorts(values, BFloat16Form.Round),
        ScalarType.Float16 => ToShorts(values, static x => BitConverter.HalfToUInt16Bits((Half)x)),
        _ => throw new ArgumentException($"expected float32, bfloat16 or float16, got {type}", nameof(type)),
    };

    private static byte[] ToShorts(float[] values, Func<float, ushort> round)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(values.Length * sizeof(ushort));
        Span<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        for (int i = 0; i < shorts.Length; i++)
            shorts[i] = round(values[i]);
        return bytes;
    }
}
