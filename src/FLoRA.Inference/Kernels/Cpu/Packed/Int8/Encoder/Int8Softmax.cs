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

    /// <summary>Rounding thresholds: the fractions of the golden ratio's multiples lie evenly in any stretch of positions.</summary>
    /// <param name="count">Positions.</param>
    /// <param name="thresholds">[count].</param>
    public static void FillThresholds(int count, float* thresholds)
    {
        const double GoldenRatio = 0.618033988749895;
        for (int p = 0; p < count; p++)
            thresholds[p] = (float)(p * GoldenRatio % 1.0 * 0.999);
    }

    /// <summary>Scores -> weights.</summary>
    /// <param name="scores">[count], padded to 16: integers; lost.</param>
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
        Vector512<float> most = Vector512.Create(float.NegativeInfinity);
        int whole = count / Lanes * Lanes;
        for (int p = 0; p < whole; p += Lanes)
        {
            Vector512<float> score = Vector512.ConvertToSingle(Vector512.Load(scores + p)) * Vector512.Load(keyScales + p);
            score.Store(scaled + p);
            most = Vector512.MaxNative(score, most);
        }

        for (int p = whole; p < count; p++)
        {
            scaled[p] = scores[p] * keyScales[p];
            most = most.WithElement(0, MathF.Max(most[0], scaled[p]));
        }

        for (int p = count; p % Lanes != 0; p++)
            scaled[p] = float.NegativeInfinity;

        var factors = Vector512.Create(factor);
        var shift = Vector512.Create(MathF.Log2(Largest) - (Top(most) * factor));
        var middle = Vector512.Create(offset - Middle);
        Vector512<int> sum = default;
        for (int p = 0; p < count; p += Lanes)
        {
            Vector512<float> weight = Exp2(Vector512.MultiplyAddEstimate(Vector512.Load(scaled + p), factors, shift)) + Vector512.Load(thresholds + p);
            Vector512<int> rounded = Vector512.ConvertToInt32Native(weight);
            sum += rounded;
            Narrow(rounded + middle).Store(weights + p);
        }

        return Vector512.Sum(sum);
    }

    /// <summary>2^x for x up to 8; what is below -20, or no number, counts as -20.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp2(Vector512<float> x)
    {
        x = Vector512.MaxNative(x, Vector512.Create(-20f)); // in this order a NaN becomes -20
        Vector512<float> n = Vector512.Round(x), r = x - n;
        Vector512<float> series = Vector512.MultiplyAddEstimate(r, Vector512.Create(C3), Vector512.Create(C2));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(C1));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(C0));
        return (series.AsInt32() + (Vector512.ConvertToInt32Native(n) << 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector512<int> x)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector128Byte(x.AsUInt32());
        var half = Vector256.Narrow(x.GetLower(), x.GetUpper());
        return Vector128.Narrow(half.GetLower(), half.GetUpper()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Top(Vector512<float> most)
    {
        Vector256<float> eight = Vector256.MaxNative(most.GetLower(), most.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
