using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Non-linearities in float64.</summary>
internal static class ExactFunctions
{
    public static double Activation(ActivationKind kind, double x) => kind switch
    {
        ActivationKind.Gelu => Gelu(x),
        ActivationKind.GeluTanh => GeluTanh(x),
        ActivationKind.Silu => Silu(x),
        _ => Math.Max(0, x),
    };

    public static double Gelu(double x) => x * Normal(x);

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    /// <summary>The normal distribution by Simpson's rule from 0, as .NET has no erf.</summary>
    private static double Normal(double x)
    {
        const int Intervals = 400;
        double end = Math.Clamp(x, -12, 12), width = end / Intervals, sum = Density(0) + Density(end);
        for (int i = 1; i < Intervals; i++)
            sum += (i % 2 == 1 ? 4 : 2) * Density(i * width);
        return 0.5 + (sum * width / 3);
    }

    private static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
}
