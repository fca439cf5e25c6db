using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Functions of float32 vectors, good to about 2e-7 of the result's scale.</summary>
internal static class VectorFunctions
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has few bits, so that its products with whole numbers are exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>exp(x): 2^n times the exponential series of what is left between -ln 2 / 2 and ln 2 / 2, to the seventh power. Below -87 it stays at exp(-87), above 88 at exp(88).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.MinNative(Vector512.Create(88f), Vector512.MaxNative(Vector512.Create(-87f), x)); // in this order a NaN stays one
        Vector512<float> n = Vector512.Round(x * Log2E);
        Vector512<float> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2High), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2Low), r);
        Vector512<float> series = Vector512.MultiplyAddEstimate(r, Vector512.Create(1 / 5040f), Vector512.Create(1 / 720f));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1 / 120f));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1 / 24f));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1 / 6f));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(0.5f));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512<float>.One);
        series = Vector512.MultiplyAddEstimate(series, r, Vector512<float>.One);
        return series * ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
    }

    /// <summary>x / 2 * (1 + erf(x / sqrt 2)), erf by Abramowitz and Stegun's formula 7.1.26 (error below 1.5e-7).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Gelu(Vector512<float> x)
    {
        Vector512<float> z = Vector512.Abs(x) * 0.707106781f;
        Vector512<float> t = Vector512<float>.One / Vector512.MultiplyAddEstimate(z, Vector512.Create(0.3275911f), Vector512<float>.One);
        Vector512<float> series = Vector512.MultiplyAddEstimate(t, Vector512.Create(1.061405429f), Vector512.Create(-1.453152027f));
        series = Vector512.MultiplyAddEstimate(series, t, Vector512.Create(1.421413741f));
        series = Vector512.MultiplyAddEstimate(series, t, Vector512.Create(-0.284496736f));
        series = Vector512.MultiplyAddEstimate(series, t, Vector512.Create(0.254829592f)) * t;
        Vector512<float> half = series * Exp(-(z * z)) * 0.5f; // (1 - erf z) / 2: the share of a negative x
        return x * Vector512.ConditionalSelect(Vector512.LessThan(x, default), half, Vector512<float>.One - half);
    }

    /// <summary>The same to 1.3e-4 (3.2e-5 of x), for results that are rounded to eight bits: x * (1/2 + c P(c^2)), c = x within -4 and 4; P is a least-squares fit with both ends exact. Half the work: no exponential and no division.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> NearGelu(Vector512<float> x)
    {
        Vector512<float> c = Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(-4f)), Vector512.Create(4f)), s = c * c;
        Vector512<float> series = Vector512.MultiplyAddEstimate(s, Vector512.Create(-1.27848519e-9f), Vector512.Create(1.04473086e-7f));
        series = Vector512.MultiplyAddEstimate(series, s, Vector512.Create(-3.71034885e-6f));
        series = Vector512.MultiplyAddEstimate(series, s, Vector512.Create(7.61991077e-5f));
        series = Vector512.MultiplyAddEstimate(series, s, Vector512.Create(-1.02110291e-3f));
        series = Vector512.MultiplyAddEstimate(series, s, Vector512.Create(9.58157335e-3f));
        series = Vector512.MultiplyAddEstimate(series, s, Vector512.Create(-6.60643515e-2f));
        series = Vector512.MultiplyAddEstimate(series, s, Vector512.Create(3.98805640e-1f));
        return x * Vector512.MultiplyAddEstimate(series, c, Vector512.Create(0.5f));
    }

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), which is x times the logistic function of twice the argument.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GeluTanh(Vector512<float> x)
    {
        Vector512<float> inner = x * Vector512.MultiplyAddEstimate(x * x, Vector512.Create(0.0356774081f), Vector512.Create(0.797884561f));
        return x / (Vector512<float>.One + Exp(inner * -2f));
    }

    /// <summary>x / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Silu(Vector512<float> x) => x / (Vector512<float>.One + Exp(-x));
}
