using System.Runtime.Intrinsics;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Functions of vectors against float64, densely over the range that matters and at its ends.</summary>
public class VectorFunctionsTests
{
    private const double ErrorOfScale = 4e-7, NearErrorOfX = 3.3e-5;

    private static readonly float[] Ends = [0, -0f, float.Epsilon, -float.Epsilon, 1e-30f, -1e-30f, 20, -20, 50, -50, 86.9f, -86.9f, 1e3f, -1e3f, 1e9f, -1e9f];

    [Fact]
    public void Exp_is_the_exponential_between_its_limits() => Check(VectorFunctions.Exp, x => Math.Exp(Math.Clamp(x, -87, 88)), (_, y) => y, -90, 90, Ends);

    [Fact]
    public void Exp_of_infinities_stays_at_its_limits()
    {
        Assert.Equal(Math.Exp(88), Of(VectorFunctions.Exp, float.PositiveInfinity), Math.Exp(88) * ErrorOfScale);
        Assert.Equal(Math.Exp(-87), Of(VectorFunctions.Exp, float.NegativeInfinity), Math.Exp(-87) * ErrorOfScale);
        Assert.Equal(1f, Of(VectorFunctions.Exp, 0));
    }

    [Fact]
    public void Gelu_is_the_exact_one() => Check(VectorFunctions.Gelu, ExactFunctions.Gelu, Scale, -12, 12, Ends);

    [Fact]
    public void NearGelu_is_near_it() => Check(VectorFunctions.NearGelu, ExactFunctions.Gelu, (x, y) => Scale(x, y) * NearErrorOfX / ErrorOfScale, -12, 12, Ends);

    [Fact]
    public void GeluTanh_is_the_formula() => Check(VectorFunctions.GeluTanh, ExactFunctions.GeluTanh, Scale, -12, 12, Ends);

    [Fact]
    public void Silu_is_x_times_the_logistic_function() => Check(VectorFunctions.Silu, ExactFunctions.Silu, Scale, -100, 100, Ends);

    [Fact]
    public void A_NaN_stays_a_NaN_and_in_its_place()
    {
        foreach (Func<Vector512<float>, Vector512<float>> function in (Func<Vector512<float>, Vector512<float>>[])[VectorFunctions.Exp, VectorFunctions.Gelu, VectorFunctions.NearGelu, VectorFunctions.GeluTanh, VectorFunctions.Silu])
        {
            for (int lane = 0; lane < 16; lane++)
            {
                Vector512<float> result = function(Vector512<float>.One.WithElement(lane, float.NaN));
                for (int other = 0; other < 16; other++)
                    Assert.Equal(other == lane, float.IsNaN(result[other]));
            }
        }
    }

    [Fact]
    public void An_infinity_gives_infinity_or_nothing_finite()
    {
        foreach (Func<Vector512<float>, Vector512<float>> function in (Func<Vector512<float>, Vector512<float>>[])[VectorFunctions.Gelu, VectorFunctions.NearGelu, VectorFunctions.GeluTanh, VectorFunctions.Silu])
        {
            Assert.Equal(float.PositiveInfinity, Of(function, float.PositiveInfinity));
            Assert.False(float.IsFinite(Of(function, float.NegativeInfinity))); // a broken number must not look like a whole one
        }
    }

    private static void Check(Func<Vector512<float>, Vector512<float>> function, Func<double, double> exact, Func<double, double, double> scale, double from, double to, float[] more)
    {
        const int Steps = 40_000;
        float[] points = [.. more, .. Enumerable.Range(0, Steps).Select(i => (float)(from + ((to - from) * i / Steps)))];
        for (int i = 0; i + 16 <= points.Length; i += 16)
        {
            Vector512<float> result = function(Vector512.LoadUnsafe(ref points[i]));
            for (int lane = 0; lane < 16; lane++)
            {
                double x = points[i + lane], expected = exact(x);
                Assert.True(Math.Abs(expected - result[lane]) <= ErrorOfScale * scale(x, expected), $"at {x}: {result[lane]}, not {expected}");
            }
        }
    }

    private static double Scale(double x, double y) => Math.Max(Math.Abs(x), 1e-30);

    private static float Of(Func<Vector512<float>, Vector512<float>> function, float x) => function(Vector512.Create(x))[3];
}
