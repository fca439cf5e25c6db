using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// The softmax of a row of scores in eight bits: weight = <see cref="Largest"/> x exp(score - largest score), rounded up or down by its position, so that many small weights keep their sum (of equal roundings to the
/// nearest, all that is below half a step would be lost).
/// </summary>
internal static unsafe class Int8Softmax
{
    /// <summary>What is taken off each weight, so that a weight is a signed byte within -127..127.</summary>
    public const int Middle = 127;

    /// <summary>The weight of the largest score, so that rounded up it is still 254.</summary>
    private const float Largest = 253.5f;

    private const int Lanes = 16;

    // 2^r between -1/2 and 1/2, good to 1e-4: a fortieth of a step.
    private const float C0 = 0.99992456f, C1 = 0.69313673f, C2 = 0.24263948f, C3 = 0.05583828f;

    /// <summary>A number of this size has eight bits behind the point: what it is floored to stands in its bits, eight further up.</summary>
    private const float Floored = 49152;

    private const int FractionBits = 8;

    /// <summary>Rounding thresholds: the fractions of the golden ratio's multiples lie evenly in any stretch of positions. <see cref="Floored"/> and less the middle, which both are added to a weight anyway.</summary>
    /// <param name="count">Positions.</param>
    /// <param name="thresholds">[count].</param>
    public static void FillThresholds(int count, float* thresholds)
    {
        const double GoldenRatio = 0.618033988749895, Steps = 1 << FractionBits;
        for (int p = 0; p < count; p++)
            thresholds[p] = Floored - Middle + (float)(Math.Floor(p * GoldenRatio % 1.0 * Steps) / Steps);
    }

    /// <summary>Scores -> weights.</summary>
    /// <param name="scores">[count], padded to 16: integers; become something else.</param>
    /// <param name="keyScales">[count], padded to 16: the positions' scales.</param>
    /// <param name="factor">log2 e, the query's scale and all else that the scores lack.</param>
    /// <param name="thresholds">[count], padded to 16; see <see cref="FillThresholds"/>.</param>
    /// <param name="count">Positions.</param>
    /// <param name="offset">Added to each byte.</param>
    /// <param name="weights">[count], padded to 16 (there it holds anything): weight - <see cref="Middle"/> + offset.</param>
    /// <returns>Sum of the weights.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Apply(int* scores, float* keyScales, float factor, float* thresholds, int count, int offset, byte* weights)
    {
        float* scaled = (float*)scores;
        Vector512<float> even = Vector512.Create(float.NegativeInfinity), odd = even;
        int p = 0;
        for (; p + (2 * Lanes) <= count; p += 2 * Lanes)
        {
            Vector512<float> first = Scaled(scores, keyScales, p), second = Scaled(scores, keyScales, p + Lanes);
            first.Store(scaled + p);
            second.Store(scaled + p + Lanes);
            even = Vector512.MaxNative(first, even);
            odd = Vector512.MaxNative(second, odd);
        }

        for (; p < count; p += Lanes)
        {
            // Behind the last position nothing weighs anything.
            Vector512<int> left = Vector512.GreaterThan(Vector512.Create(count - p), Vector512<int>.Indices);
            Vector512<float> some = Vector512.ConditionalSelect(left.AsSingle(), Scaled(scores, keyScales, p), Vector512.Create(float.NegativeInfinity));
            some.Store(scaled + p);
            even = Vector512.MaxNative(some, even);
        }

        var factors = Vector512.Create(factor);
        var shift = Vector512.Create(MathF.Log2(Largest) - (Top(Vector512.MaxNative(even, odd)) * factor));
        int floored = BitConverter.SingleToInt32Bits(Floored - Middle) >> FractionBits;
        var offsets = Vector512.Create(offset);
        Vector512<int> sum = default;
        for (p = 0; p < count; p += Lanes)
        {
            Vector512<float> weight = Exp2(Vector512.MultiplyAddEstimate(Vector512.Load(scaled + p), factors, shift)) + Vector512.Load(thresholds + p);
            Vector512<int> rounded = weight.AsInt32() >>> FractionBits;
            sum += rounded;
            Int8Rows.Narrow(rounded + offsets).Store(weights + p);
        }

        return Vector512.Sum(sum) - (floored * PanelShape.RoundUp(count, Lanes)); // whole turns of 32 bits come out even
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scaled(int* scores, float* keyScales, int position) => Vector512.ConvertToSingle(Vector512.Load(scores + position)) * Vector512.Load(keyScales + position);

    /// <summary>2^x for x up to 8; what is below -20, or no number, counts as -20.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp2(Vector512<float> x)
    {
        x = Vector512.MaxNative(x, Vector512.Create(-20f)); // in this order a NaN becomes -20
        Vector512<float> n = Vector512.Round(x), r = x - n;
        Vector512<float> series = Vector512.MultiplyAddEstimate(r, Vector512.Create(C3), Vector512.Create(C2));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(C1));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(C0));
        return Avx512F.IsSupported ? Avx512F.Scale(series, n) : (series.AsInt32() + (Vector512.ConvertToInt32Native(n) << 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Top(Vector512<float> most)
    {
        Vector256<float> eight = Vector256.MaxNative(most.GetLower(), most.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        Vector128<float> two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2)))[0];
    }
}
