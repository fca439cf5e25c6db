using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>Passes over one row of logits, four numbers at a time.</summary>
internal static class RowMath
{
    /// <summary>exp of less is 0.</summary>
    private const double SmallestExponent = -746;

    private static readonly int Width = Vector256<double>.Count;

    /// <summary>float32 to float64.</summary>
    public static void Widen(ReadOnlySpan<float> from, Span<double> to)
    {
        int i = 0;
        for (; i + (2 * Width) <= from.Length; i += 2 * Width)
        {
            (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(Vector256.Create(from[i..]));
            lower.CopyTo(to[i..]);
            upper.CopyTo(to[(i + Width)..]);
        }

        for (; i < from.Length; i++)
            to[i] = from[i];
    }

    /// <summary>The largest number; NaN where one is.</summary>
    public static double Max(ReadOnlySpan<double> values)
    {
        double largest = double.NegativeInfinity;
        ReadOnlySpan<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(values);
        var lanes = Vector256.Create(double.NegativeInfinity);
        foreach (Vector256<double> vector in vectors)
            lanes = Vector256.Max(lanes, vector);
        for (int lane = 0; lane < Width; lane++)
            largest = Math.Max(largest, lanes[lane]);
        foreach (double value in values[(vectors.Length * Width)..])
            largest = Math.Max(largest, value);
        return largest;
    }

    /// <summary>values = (values - shift) / divisor.</summary>
    public static void ShiftAndDivide(Span<double> values, double shift, double divisor)
    {
        Span<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(values);
        Vector256<double> shifts = Vector256.Create(shift), divisors = Vector256.Create(divisor);
        foreach (ref Vector256<double> vector in vectors)
            vector = (vector - shifts) / divisors;
        foreach (ref double value in values[(vectors.Length * Width)..])
            value = (value - shift) / divisor;
    }

    /// <summary>weights = exp(logits - largest).</summary>
    /// <returns>Their sum.</returns>
    public static double Exponentials(ReadOnlySpan<double> logits, double largest, Span<double> weights)
    {
        ReadOnlySpan<Vector256<double>> from = MemoryMarshal.Cast<double, Vector256<double>>(logits);
        Span<Vector256<double>> to = MemoryMarshal.Cast<double, Vector256<double>>(weights);
        Vector256<double> shift = Vector256.Create(largest), underflow = Vector256.Create(SmallestExponent), sum = default;
        for (int i = 0; i < from.Length; i++)
        {
            Vector256<double> distance = from[i] - shift;
            to[i] = Vector256.LessThanAll(distance, underflow) ? default : Vector256.Exp(distance);
            sum += to[i];
        }

        double total = Vector256.Sum(sum);
        for (int i = from.Length * Width; i < logits.Length; i++)
        {
            weights[i] = Math.Exp(logits[i] - largest);
            total += weights[i];
        }

        return total;
    }

    /// <summary>How many are larger than <paramref name="border"/>, and how many equal it.</summary>
    public static (int Larger, int Equal) Compare(ReadOnlySpan<double> values, double border)
    {
        int larger = 0, equal = 0;
        ReadOnlySpan<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(values);
        var borders = Vector256.Create(border);
        foreach (Vector256<double> vector in vectors)
        {
            larger += System.Numerics.BitOperations.PopCount(Vector256.GreaterThan(vector, borders).ExtractMostSignificantBits());
            equal += System.Numerics.BitOperations.PopCount(Vector256.Equals(vector, borders).ExtractMostSignificantBits());
        }

        foreach (double value in values[(vectors.Length * Width)..])
        {
            larger += value > border ? 1 : 0;
            equal += value == border ? 1 : 0;
        }

        return (larger, equal);
    }
}
