using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>What happens to rows between the products, against plain loops in float64, for widths that fill no vector.</summary>
public unsafe class RowMathsTests
{
    private const float Epsilon = 1e-5f, Untouched = 77;

    public static TheoryData<int> Widths => [1, 2, 15, 16, 17, 31, 32, 33, 48, 63, 100, 192, 257];

    [Theory, MemberData(nameof(Widths))]
    public void Norms_equal_plain_loops(int width)
    {
        var random = new RandomAdapters(width);
        float[] x = [.. random.Floats(width, 3).Select(v => 5 * v)], weight = random.Floats(width, 1), bias = random.Floats(width);
        double mean = x.Average(v => (double)v), variance = x.Average(v => (v - mean) * (v - mean)), square = x.Average(v => (double)v * v);
        TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
        using var scope = NewDisposeScope();
        Tensor gamma = tensor(weight), beta = tensor(bias);
        float[] layer = Apply(new PackedNorm(library, new NormWeights(gamma, beta)), x), rms = Apply(new PackedNorm(library, new NormWeights(gamma, null)), x);
        for (int i = 0; i < width; i++)
        {
            double centred = (x[i] - mean) / Math.Sqrt(variance + Epsilon);
            Assert.Equal((centred * weight[i]) + bias[i], layer[i], 2e-5);
            Assert.Equal(x[i] / Math.Sqrt(square + Epsilon) * weight[i], rms[i], 2e-6);
        }

        x[width / 2] = float.NaN;
        Assert.All(Apply(new PackedNorm(library, new NormWeights(gamma, beta)), x), y => Assert.True(float.IsNaN(y)));
        Assert.All(Apply(new PackedNorm(library, new NormWeights(gamma, null)), x), y => Assert.True(float.IsNaN(y)));
    }

    [Theory, MemberData(nameof(Widths))]
    public void Sums_and_products_equal_plain_loops(int width)
    {
        var random = new RandomAdapters(width);
        float[] x = random.Floats(width), bias = random.Floats(width), residual = random.Floats(width);
        Assert.Equal(x.Zip(bias).Sum(p => (double)p.First * p.Second), Dot(x, bias), 1e-5);
        Assert.Equal([.. x.Select((v, i) => v * bias[i]), Untouched], InPlace(x, (row, _, _) => Multiply(row, bias, width)));
        Assert.Equal([.. x.Select((v, i) => v + bias[i] + residual[i]), Untouched], InPlace(x, bias, residual, (row, b, r) => RowMaths.Add(row, b, r, width)));
        Assert.Equal([.. x.Select((v, i) => v + bias[i]), Untouched], InPlace(x, bias, residual, (row, b, _) => RowMaths.Add(row, b, null, width)));
        Assert.Equal([.. x.Select((v, i) => v + residual[i]), Untouched], InPlace(x, bias, residual, (row, _, r) => RowMaths.Add(row, null, r, width)));
        Assert.Equal([.. x, Untouched], InPlace(x, (row, _, _) => RowMaths.Add(row, null, null, width)));
        Assert.Equal([.. x.Select(v => v * 0.37f), Untouched], InPlace(x, (row, _, _) => RowMaths.Scale(row, 0.37f, width)));
    }

    [Theory, MemberData(nameof(Widths))]
    public void Softmax_equals_a_plain_loop(int width)
    {
        float[] x = [.. new RandomAdapters(width).Floats(width).Select(v => 40 * v)];
        double[] expected = [.. x.Select(v => Math.Exp(v - x.Max()))];
        (float[] actual, float factor) = Softmax(x);
        for (int i = 0; i < actual.Length; i++)
            Assert.Equal(i < width ? expected[i] : 0, actual[i], 1e-6);
        Assert.Equal(1 / expected.Sum(), factor, 2e-6 / expected.Sum());
    }

    [Fact]
    public void Softmax_takes_the_largest_float_and_minus_infinity()
    {
        (float[] actual, float factor) = Softmax([float.MaxValue, float.NegativeInfinity, 0, float.MinValue, float.MaxValue]);
        Assert.Equal([1, 0, 0, 0, 1], actual[..5].Select(v => MathF.Round(v, 6)));
        Assert.Equal(0.5, factor, 1e-6);
    }

    [Theory, MemberData(nameof(Widths))]
    public void Softmax_with_a_NaN_gives_a_NaN(int width)
    {
        for (int place = 0; place < width; place += Math.Max(1, width / 5))
        {
            float[] x = new RandomAdapters(width).Floats(width);
            x[place] = float.NaN;
            (float[] actual, float factor) = Softmax(x);
            Assert.True(float.IsNaN(actual[place]));
            Assert.True(float.IsNaN(factor));
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void Activations_equal_their_formulas_and_keep_a_NaN(int width)
    {
        var random = new RandomAdapters(width);
        float[] x = [.. random.Floats(width).Select(v => 8 * v)], bias = random.Floats(width);
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            foreach (float[]? b in (float[]?[])[bias, null])
            {
                float[] actual = Activate(kind, x, b);
                for (int i = 0; i < width; i++)
                    Assert.Equal(ExactFunctions.Activation(kind, x[i] + (b is null ? 0 : b[i])), actual[i], 3e-6);
            }

            float[] spoiled = [.. x];
            spoiled[width / 2] = float.NaN;
            float[] result = Activate(kind, spoiled, bias);
            for (int i = 0; i < width; i++)
                Assert.Equal(i == width / 2, float.IsNaN(result[i]));
        }
    }

    private delegate void Change(float* row, float* first, float* second);

    private static float[] InPlace(float[] x, Change change) => InPlace(x, [], [], change);

    private static float[] InPlace(float[] x, float[] first, float[] second, Change change)
    {
        float[] row = [.. x, Untouched];
        fixed (float* r = row, f = first, s = second)
            change(r, f, s);
        return row;
    }

    private static float[] Apply(PackedNorm norm, float[] x)
    {
        float[] apart = new float[x.Length], same = InPlace(x, (row, _, _) => norm.Apply(row, x.Length, Epsilon, row));
        fixed (float* input = x, output = apart)
            norm.Apply(input, x.Length, Epsilon, output);
        Assert.Equal([.. apart, Untouched], same);
        return apart;
    }

    private static void Multiply(float* row, float[] by, int width)
    {
        fixed (float* other = by)
            RowMaths.Multiply(row, other, width, row);
    }

    private static float Dot(float[] x, float[] y)
    {
        fixed (float* a = x, b = y)
            return RowMaths.Dot(a, b, x.Length);
    }

    private static (float[] Row, float Factor) Softmax(float[] x)
    {
        float[] row = [.. x, .. new float[PanelShape.RoundUp(x.Length, 16) - x.Length]];
        fixed (float* scores = row)
            return (row, RowMaths.Softmax(scores, x.Length));
    }

    private static float[] Activate(ActivationKind kind, float[] x, float[]? bias)
    {
        float[] row = [.. x, .. new float[PanelShape.RoundUp(x.Length, 16) - x.Length]];
        fixed (float* r = row, b = bias)
            RowMaths.Activate(kind, r, b, x.Length);
        return row;
    }
}
