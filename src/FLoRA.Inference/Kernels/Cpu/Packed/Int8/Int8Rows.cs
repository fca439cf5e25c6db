using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>Activations in eight bits: one scale per row, symmetric or with a zero of its own. A row's bytes depend on the row alone.</summary>
internal static unsafe class Int8Rows
{
    /// <summary>The largest byte; -128 is not used, so that every path is exact.</summary>
    public const float Largest = 127;

    private const int Smallest = -127, Steps = 254;

    /// <summary>In front of a row's bytes stand its scale and its zero.</summary>
    private const int HeadBytes = 64;

    private static readonly int Lanes = Vector512<float>.Count;

    /// <summary>Bytes from row to row: scale, inputs with padding, and a cache line more, so that rows do not share cache sets.</summary>
    public static long Stride(int inputs) => HeadBytes + PanelShape.RoundUp(inputs, 64) + 64;

    /// <summary>A row's scale.</summary>
    public static ref float Scale(byte* row) => ref *(float*)row;

    /// <summary>Which byte stands for 0, without the offset.</summary>
    public static ref int Zero(byte* row) => ref *(int*)(row + sizeof(float));

    /// <summary>A row's bytes.</summary>
    public static byte* Bytes(byte* row) => row + HeadBytes;

    /// <summary>Rounds a row: x is about scale * byte, scale = max |x| / 127. A NaN or an infinity makes the scale one: it comes out of every product.</summary>
    /// <param name="x">[inputs].</param>
    /// <param name="inputs">Numbers; at least one.</param>
    /// <param name="offset">Added to each byte; see <see cref="Int8Paths.Offset"/>. Padding is the offset, and multiplies zeros.</param>
    /// <param name="row">Of <see cref="Stride"/> bytes.</param>
    public static void Quantise(float* x, int inputs, int offset, byte* row)
    {
        byte* to = Bytes(row);
        Scale(row) = RoundAll(x, inputs, offset, to);
        Zero(row) = 0;
        for (int i = inputs; i % 64 != 0; i++)
            to[i] = (byte)offset;
    }

    /// <summary>
    /// Rounds a row with a zero of its own: x is about scale * (byte - zero), and all 255 bytes lie between its smallest number and its largest. What has passed a non-linearity lies on one side of 0, and rounds half as coarsely
    /// so. Else as <see cref="Quantise"/>.
    /// </summary>
    public static void QuantiseSkewed(float* x, int inputs, int offset, byte* row) => QuantiseSkewed(x, Range(x, inputs), inputs, offset, row);

    /// <summary>The same of x * scale: an adapter's B on the way.</summary>
    /// <param name="x">[inputs].</param>
    /// <param name="factors">[inputs].</param>
    /// <param name="inputs">Numbers.</param>
    /// <param name="offset">See <see cref="Quantise"/>.</param>
    /// <param name="product">Room for [inputs].</param>
    /// <param name="row">The result.</param>
    public static void QuantiseSkewed(float* x, AdapterNumbers factors, int inputs, int offset, float* product, byte* row) =>
        QuantiseSkewed(product, Range(x, factors, inputs, product), inputs, offset, row);

    /// <summary>The same of a row whose range is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void QuantiseSkewed(float* x, RowRange range, int inputs, int offset, byte* row)
    {
        float scale = (range.Most - range.Least) / Steps;
        if (!(scale > 0) || !range.IsFinite)
        {
            Quantise(x, inputs, offset, row); // nothing but zeros, or something that is not finite
            return;
        }

        float factor = 1 / scale;
        int zero = Math.Clamp(Smallest - (int)MathF.Round(range.Least * factor), Smallest, (int)Largest);
        Scale(row) = scale;
        Zero(row) = zero;
        byte* to = Bytes(row);
        int i = 0;
        Vector512<float> factors = Vector512.Create(factor);
        Vector512<int> zeros = Vector512.Create(zero), smallest = Vector512.Create(Smallest), largest = Vector512.Create((int)Largest), offsets = Vector512.Create(offset);
        for (; i + Lanes <= inputs; i += Lanes)
            Narrow(Vector512.Min(Vector512.Max(Round(Vector512.Load(x + i) * factors) + zeros, smallest), largest) + offsets).Store(to + i);
        for (; i < inputs; i++)
            to[i] = (byte)(Math.Clamp((int)MathF.Round(x[i] * factor) + zero, Smallest, (int)Largest) + offset);
        for (; i % 64 != 0; i++)
            to[i] = (byte)offset;
    }

    /// <summary>The same without scale and padding.</summary>
    /// <returns>The scale.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float RoundAll(float* x, int inputs, int offset, byte* to)
    {
        float largest = LargestMagnitude(x, inputs);
        float factor = largest > 0 && float.IsFinite(largest) ? Largest / largest : 0;
        int i = 0;
        Vector512<float> factors = Vector512.Create(factor);
        var offsets = Vector512.Create(offset);
        for (; i + Lanes <= inputs; i += Lanes)
            Narrow(Round(Vector512.Load(x + i) * factors) + offsets).Store(to + i);
        for (; i < inputs; i++)
            to[i] = (byte)((int)MathF.Round(x[i] * factor) + offset);
        return largest / Largest;
    }

    /// <summary>Sixteen integers within a byte's bounds, signed or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Narrow(Vector512<int> x)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector128Byte(x.AsUInt32());
        var half = Vector256.Narrow(x.GetLower(), x.GetUpper());
        return Vector128.Narrow(half.GetLower(), half.GetUpper()).AsByte();
    }

    /// <summary>Sixteen signed bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(sbyte* from) => Vector512.ConvertToSingle(Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Int32(Vector128.Load(from))
        : Vector512.Create(
            Vector256.WidenLower(Vector256.Create(Vector128.WidenLower(Vector128.Load(from)), Vector128.WidenUpper(Vector128.Load(from)))),
            Vector256.WidenUpper(Vector256.Create(Vector128.WidenLower(Vector128.Load(from)), Vector128.WidenUpper(Vector128.Load(from))))));

    /// <summary>To the nearest, halves to the even one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Round(Vector512<float> x) => Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(x) : Vector512.ConvertToInt32Native(Vector512.Round(x));

    /// <summary>NaN where something is not finite. Sizes are compared as integers, whose order is theirs, and beyond all of which lie infinity and NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float LargestMagnitude(float* x, int count)
    {
        const int Infinity = 0x7F800000;
        Vector512<int> size = Vector512.Create(int.MaxValue), even = default, odd = default;
        int i = 0;
        for (; i + (2 * Lanes) <= count; i += 2 * Lanes)
        {
            even = Vector512.Max(even, Vector512.Load((int*)x + i) & size);
            odd = Vector512.Max(odd, Vector512.Load((int*)x + i + Lanes) & size);
        }

        Vector512<int> both = Vector512.Max(even, odd);
        var eight = Vector256.Max(both.GetLower(), both.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        int largest = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
        for (; i < count; i++)
            largest = Math.Max(largest, ((int*)x)[i] & int.MaxValue);
        return largest < Infinity ? BitConverter.Int32BitsToSingle(largest) : float.NaN;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static RowRange Range(float* x, int count)
    {
        Vector512<float> least = default, most = default;
        Vector512<int> sizes = default;
        int i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            var own = Vector512.Load(x + i);
            least = Vector512.MinNative(least, own);
            most = Vector512.MaxNative(most, own);
            sizes = Vector512.Max(sizes, own.AsInt32() & Vector512.Create(int.MaxValue));
        }

        return Range(x, i, count, least, most, sizes);
    }

    /// <summary>product = x * factors, and its range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static RowRange Range(float* x, AdapterNumbers factors, int count, float* product)
    {
        Vector512<float> least = default, most = default;
        Vector512<int> sizes = default;
        int i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            factors.AskFor(i + AdapterNumbers.AheadNumbers);
            Vector512<float> own = Vector512.Load(x + i) * factors.Load(i);
            own.Store(product + i);
            least = Vector512.MinNative(least, own);
            most = Vector512.MaxNative(most, own);
            sizes = Vector512.Max(sizes, own.AsInt32() & Vector512.Create(int.MaxValue));
        }

        for (int rest = i; rest < count; rest++)
            product[rest] = x[rest] * factors[rest];
        return Range(product, i, count, least, most, sizes);
    }

    /// <summary>Of the lanes, of the numbers behind whole vectors, and of 0.</summary>
    private static RowRange Range(float* x, int from, int count, Vector512<float> least, Vector512<float> most, Vector512<int> sizes)
    {
        RowRange range = RowRange.Of(least, most, sizes);
        for (int i = from; i < count; i++)
            range = new RowRange(MathF.Min(range.Least, x[i]), MathF.Max(range.Most, x[i]), range.IsFinite && float.IsFinite(x[i]));
        return range;
    }

    /// <summary>What the numbers of a row lie between.</summary>
    /// <param name="Least">The smallest number, or 0.</param>
    /// <param name="Most">The largest number, or 0.</param>
    /// <param name="IsFinite">Whether all are finite.</param>
    public readonly record struct RowRange(float Least, float Most, bool IsFinite)
    {
        /// <summary>Of the lanes. Sizes are compared as integers, whose order is theirs, and beyond all of which lie infinity and NaN.</summary>
        /// <param name="least">The smallest numbers.</param>
        /// <param name="most">The largest.</param>
        /// <param name="sizes">The largest without signs, as they lie in memory.</param>
        public static RowRange Of(Vector512<float> least, Vector512<float> most, Vector512<int> sizes)
        {
            const int Infinity = 0x7F800000;
            Vector256<float> least8 = Vector256.MinNative(least.GetLower(), least.GetUpper()), most8 = Vector256.MaxNative(most.GetLower(), most.GetUpper());
            var sizes8 = Vector256.Max(sizes.GetLower(), sizes.GetUpper());
            Vector128<float> least4 = Vector128.MinNative(least8.GetLower(), least8.GetUpper()), most4 = Vector128.MaxNative(most8.GetLower(), most8.GetUpper());
            var sizes4 = Vector128.Max(sizes8.GetLower(), sizes8.GetUpper());
            float low = MathF.Min(MathF.Min(least4[0], least4[1]), MathF.Min(least4[2], least4[3])), high = MathF.Max(MathF.Max(most4[0], most4[1]), MathF.Max(most4[2], most4[3]));
            int size = Math.Max(Math.Max(sizes4[0], sizes4[1]), Math.Max(sizes4[2], sizes4[3]));
            return new RowRange(low, high, size < Infinity);
        }
    }
}
