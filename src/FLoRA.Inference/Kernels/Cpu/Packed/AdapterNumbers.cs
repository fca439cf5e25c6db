using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// Numbers of adapters in the bank: float32, or float16 and bfloat16 beside weights of eight bits, where an adapter's own bytes would be felt (eight of rank 1 in float32 are 2 % of a step's).
/// .NET 10 has no instruction that widens float16, so it is done by hand, exactly.
/// </summary>
/// <param name="start">The first number; null: none.</param>
/// <param name="type">Their type.</param>
internal readonly unsafe struct AdapterNumbers(void* start, NumberType type)
{
    private readonly void* _start = start;
    private readonly NumberType _type = type;

    /// <summary>Whether there are none.</summary>
    public bool IsNull => _start == null;

    /// <summary>From a number on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AdapterNumbers At(long index) => new(Address(index), _type);

    /// <summary>Sixteen numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Load(long index)
    {
        if (_type == NumberType.Single)
            return Vector512.Load((float*)_start + index);
        var narrow = Vector256.Load((ushort*)_start + index);
        Vector512<uint> bits = Vector512.Create(Vector256.WidenLower(narrow), Vector256.WidenUpper(narrow));
        return _type == NumberType.BFloat16 ? (bits << 16).AsSingle() : WidenHalf(bits);
    }

    /// <summary>One number.</summary>
    public float this[long index] => _type switch
    {
        NumberType.Half => (float)((Half*)_start)[index],
        NumberType.BFloat16 => BitConverter.Int32BitsToSingle(((ushort*)_start)[index] << 16),
        _ => ((float*)_start)[index],
    };

    /// <summary>Asks memory for sixteen numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskFor(long index)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Address(index));
    }

    /// <summary>product = x * numbers.</summary>
    /// <param name="x">[width].</param>
    /// <param name="width">Numbers.</param>
    /// <param name="product">[width].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(float* x, int width, float* product)
    {
        if (_type == NumberType.Single)
        {
            RowMaths.Multiply(x, (float*)_start, width, product);
            return;
        }

        int i = 0;
        for (; i + 16 <= width; i += 16)
            (Vector512.Load(x + i) * Load(i)).Store(product + i);
        for (; i < width; i++)
            product[i] = x[i] * this[i];
    }

    /// <summary>x . numbers.</summary>
    /// <param name="x">[width].</param>
    /// <param name="width">Numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Dot(float* x, int width)
    {
        if (_type == NumberType.Single)
            return RowMaths.Dot(x, (float*)_start, width);
        Vector512<float> sums = default;
        int i = 0;
        for (; i + 16 <= width; i += 16)
            sums = Vector512.MultiplyAddEstimate(Vector512.Load(x + i), Load(i), sums);
        float sum = Vector512.Sum(sums);
        for (; i < width; i++)
            sum += x[i] * this[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void* Address(long index) => _type == NumberType.Single ? (float*)_start + index : (ushort*)_start + index;

    /// <summary>
    /// Exponent and fraction move to float32's places, and a product with 2^112 puts the exponent right, small numbers without a leading one among them. What is not finite keeps all of its exponent's bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> WidenHalf(Vector512<uint> bits)
    {
        Vector512<uint> sign = (bits & Vector512.Create(0x8000u)) << 16, size = (bits & Vector512.Create(0x7FFFu)) << 13;
        Vector512<uint> wide = (size.AsSingle() * 5.192296858534828e33f).AsUInt32(); // 2^112
        Vector512<uint> notFinite = Vector512.GreaterThanOrEqual(size, Vector512.Create(0x0F800000u)) & Vector512.Create(0x7F800000u);
        return (wide | notFinite | sign).AsSingle();
    }
}

/// <summary>Types of an adapter's numbers.</summary>
internal enum NumberType
{
    /// <summary>float32.</summary>
    Single,

    /// <summary>float16.</summary>
    Half,

    /// <summary>bfloat16.</summary>
    BFloat16,
}
