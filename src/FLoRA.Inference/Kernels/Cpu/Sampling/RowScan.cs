using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>Passes over a row of raw logits, sixteen numbers at a time.</summary>
internal static class RowScan
{
    private static readonly int Width = Vector512<float>.Count;

    /// <summary>The first of the largest numbers, and whether none is NaN or infinite; where one is NaN, some id of the row.</summary>
    /// <param name="logits">[vocabulary], at least one.</param>
    public static (int Best, bool Finite) Of(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<Vector512<float>> vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        ReadOnlySpan<float> rest = logits[(vectors.Length * Width)..];
        Vector512<float> lanes = Vector512.Create(float.NegativeInfinity), nothing = default;
        foreach (Vector512<float> vector in vectors)
        {
            lanes = Vector512.MaxNative(lanes, vector);
            nothing += vector - vector; // 0, or NaN from an infinity or a NaN on
        }

        float largest = float.NegativeInfinity, remains = Vector512.Sum(nothing);
        for (int lane = 0; lane < Width; lane++)
            largest = Math.Max(largest, lanes[lane]);
        foreach (float value in rest)
        {
            largest = Math.Max(largest, value);
            remains += value - value;
        }

        return (Math.Max(0, IndexOf(logits, vectors, largest)), remains == 0);
    }

    /// <summary>log of the sum of exp, the exponentials in float32 and the sum in float64.</summary>
    /// <param name="logits">[vocabulary]; minus infinity counts as nothing.</param>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<Vector512<float>> vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        ReadOnlySpan<float> rest = logits[(vectors.Length * Width)..];
        var lanes = Vector512.Create(float.NegativeInfinity);
        foreach (Vector512<float> vector in vectors)
            lanes = Vector512.Max(lanes, vector);
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Width; lane++)
            largest = Math.Max(largest, lanes[lane]);
        foreach (float value in rest)
            largest = Math.Max(largest, value);

        Vector512<float> shift = Vector512.Create(largest);
        Vector512<double> sums = default;
        foreach (Vector512<float> vector in vectors)
        {
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(VectorFunctions.Exp(vector - shift));
            sums += lower + upper;
        }

        double sum = Vector512.Sum(sums);
        foreach (float value in rest)
            sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }

    private static int IndexOf(ReadOnlySpan<float> logits, ReadOnlySpan<Vector512<float>> vectors, float value)
    {
        var wanted = Vector512.Create(value);
        for (int i = 0; i < vectors.Length; i++)
        {
            if (Vector512.EqualsAny(vectors[i], wanted))
                return (i * Width) + logits.Slice(i * Width, Width).IndexOf(value);
        }

        int at = logits[(vectors.Length * Width)..].IndexOf(value);
        return at < 0 ? at : (vectors.Length * Width) + at;
    }
}
