using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>How numbers lie in a tensor; kernels compute in float32 whatever the form.</summary>
internal unsafe interface INumberForm
{
    /// <summary>The tensor's type.</summary>
    static abstract ScalarType Type { get; }

    /// <summary>Eight numbers.</summary>
    static abstract Vector256<float> Load(void* numbers, long index);

    /// <summary>One number.</summary>
    static abstract float Read(void* numbers, long index);

    /// <summary>Rounds eight numbers to the nearest, halves to the even one.</summary>
    static abstract void Store(Vector256<float> x, void* numbers, long index);

    /// <summary>The same of one number.</summary>
    static abstract void Write(float x, void* numbers, long index);
}

/// <summary>float32.</summary>
internal readonly unsafe struct SingleForm : INumberForm
{
    /// <inheritdoc/>
    public static ScalarType Type => ScalarType.Float32;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(void* numbers, long index) => Vector256.Load((float*)numbers + index);

    /// <inheritdoc/>
    public static float Read(void* numbers, long index) => ((float*)numbers)[index];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> x, void* numbers, long index) => x.Store((float*)numbers + index);

    /// <inheritdoc/>
    public static void Write(float x, void* numbers, long index) => ((float*)numbers)[index] = x;
}

/// <summary>bfloat16: the upper half of a float32. A NaN stays one.</summary>
internal readonly unsafe struct BFloat16Form : INumberForm
{
    private const uint Quiet = 0x7FC00000;

    /// <inheritdoc/>
    public static ScalarType Type => ScalarType.BFloat16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(void* numbers, long index)
    {
        var narrow = Vector128.Load((ushort*)numbers + index);
        return (Vector256.Create(Vector128.WidenLower(narrow), Vector128.WidenUpper(narrow)) << 16).AsSingle();
    }

    /// <inheritdoc/>
    public static float Read(void* numbers, long index) => BitConverter.UInt32BitsToSingle((uint)((ushort*)numbers)[index] << 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> x, void* numbers, long index)
    {
        Vector256<uint> bits = x.AsUInt32(), rounded = bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One);
        rounded = Vector256.ConditionalSelect(Vector256.Equals(x, x).AsUInt32(), rounded, Vector256.Create(Quiet)) >> 16;
        Vector128.Narrow(rounded.GetLower(), rounded.GetUpper()).Store((ushort*)numbers + index);
    }

    /// <inheritdoc/>
    public static void Write(float x, void* numbers, long index) => ((ushort*)numbers)[index] = Round(x);

    /// <summary>The nearest bfloat16, halves to the even one.</summary>
    public static ushort Round(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return (ushort)((float.IsNaN(x) ? Quiet : bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
