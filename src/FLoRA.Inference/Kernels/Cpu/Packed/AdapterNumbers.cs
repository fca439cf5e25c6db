using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// Numbers of adapters in the bank: float32, or bfloat16 beside weights of eight bits, where an adapter's own bytes would be felt (eight of rank 1 in float32 are 2 % of a step's).
/// </summary>
/// <param name="start">The first number; null: none.</param>
/// <param name="type">Their type.</param>
internal readonly unsafe struct AdapterNumbers(void* start, NumberType type)
{
    /// <summary>Numbers that <see cref="Multiply"/> asks for ahead: a row is read once a step, and comes cold. A quarter of it is passed sooner than memory answers.</summary>
    public const int AheadNumbers = 2048;

    /// <summary>Numbers of two cache lines in float32 and of one in bfloat16.</summary>
    public const int LineNumbers = 32;

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
        return LoadBFloat16(index);
    }

    /// <summary>Whether they are bfloat16.</summary>
    public bool IsBFloat16 => _type == NumberType.BFloat16;

    /// <summary>Sixteen numbers that are known to be bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> LoadBFloat16(long index)
    {
        var narrow = Vector256.Load((ushort*)_start + index);
        return (Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(narrow) << 16 : Vector512.Create(Vector256.WidenLower(narrow), Vector256.WidenUpper(narrow)) << 16).AsSingle();
    }

    /// <summary>Four numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<float> LoadFour(long index) => _type == NumberType.Single
        ? Vector128.Load((float*)_start + index)
        : (Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)((ushort*)_start + index)).AsUInt16()) << 16).AsSingle();

    /// <summary>One number.</summary>
    public float this[long index] => _type == NumberType.BFloat16 ? BitConverter.Int32BitsToSingle(((ushort*)_start)[index] << 16) : ((float*)_start)[index];

    /// <summary>Asks memory for sixteen numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskFor(long index)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Address(index));
    }

    /// <summary>Asks memory for <see cref="LineNumbers"/> numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForLine(long index)
    {
        AskFor(index);
        if (_type == NumberType.Single)
            AskFor(index + (LineNumbers / 2));
    }

    /// <summary>Asks memory for what <see cref="Multiply"/> reads first.</summary>
    /// <param name="width">Numbers.</param>
    public void AskForFirst(int width)
    {
        for (int i = 0; i < Math.Min(width, AheadNumbers); i += LineNumbers)
            AskForLine(i);
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
        {
            AskFor(i + AheadNumbers);
            (Vector512.Load(x + i) * Load(i)).Store(product + i);
        }

        for (; i < width; i++)
            product[i] = x[i] * this[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void* Address(long index) => _type == NumberType.Single ? (float*)_start + index : (ushort*)_start + index;
}

/// <summary>Types of an adapter's numbers.</summary>
internal enum NumberType
{
    /// <summary>float32.</summary>
    Single,

    /// <summary>bfloat16.</summary>
    BFloat16,
}
