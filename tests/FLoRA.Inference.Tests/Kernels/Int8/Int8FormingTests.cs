using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Kernels.Int8;

/// <summary>Panels that are formed under an adapter against W0 * sum A B + U D in double precision, and their products: the same bits on every path.</summary>
public sealed unsafe class Int8FormingTests
{
    public static TheoryData<int, int, int, bool, bool, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, int, bool, bool, int> { { 1, 70, 45, false, false, 1 }, { 1, 33, 20, false, false, 16 }, { 3, 64, 16, true, true, 5 } };
            foreach (int rows in (int[])[1, 2, 3, 4, 7, 33])
            {
                shapes.Add(rows, 130, 45, true, true, 0);
                shapes.Add(rows, 64, 16, true, false, 0);
                shapes.Add(rows, 21, 40, false, true, 0);
            }

            return shapes;
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void A_formed_panel_is_the_product_and_every_path_gives_the_same_bits(int rows, int inputs, int outputs, bool hasInputScale, bool hasOutputScale, int rank)
    {
        var random = new Random(rows + inputs);
        float[] w = Floats(random, outputs * inputs), b = Floats(random, rows * inputs), a = Floats(random, rows * outputs), x = Floats(random, 7 * inputs), d = Floats(random, rank * inputs), u = Floats(random, outputs * rank);
        var products = new List<float[]>();
        fixed (float* inputScale = b, outputScale = a, down = d, up = u)
        {
            var forming = new Int8Forming(rows, hasInputScale ? new AdapterNumbers(inputScale, NumberType.Single) : default, hasOutputScale ? new AdapterNumbers(outputScale, NumberType.Single) : default, down, up, rank);
            foreach (Int8Path path in Int8Paths.Available)
            {
                using var weight = new Int8Weight(outputs, inputs, path);
                for (int o = 0; o < outputs; o++)
                    weight.SetRow(o, w.AsSpan(o * inputs, inputs));
                if (path == Int8Path.Scalar)
                    CheckPanels(weight, forming, (o, k) => Enumerable.Range(0, rows).Sum(i => (hasOutputScale ? (double)a[(i * outputs) + o] : 1) * (hasInputScale ? b[(i * inputs) + k] : 1)), (o, k) => Enumerable.Range(0, rank).Sum(i => (double)u[(o * rank) + i] * d[(i * inputs) + k]));
                products.Add(Products(weight, forming, rows + rank, x, isMany: false));
                if (TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)?.Int8Product is not null)
                    products.Add(Products(weight, forming, rows + rank, x, isMany: true));
            }
        }

        Assert.All(products, p => Assert.Equal(products[0], p));
    }

    private static void CheckPanels(Int8Weight weight, Int8Forming forming, Func<int, int, double> factor, Func<int, int, double> added)
    {
        int inputs = weight.InFeatures;
        using var formed = new NativeBuffer(weight.FormedCount(1, 64));
        float* scales = stackalloc float[16], plain = stackalloc float[inputs];
        int* sums = stackalloc int[16];
        for (int p = 0; p < weight.PanelCount; p++)
        {
            using var scratch = new NativeBuffer(Int8Forming.ScratchCount(weight.Groups, 64));
            sbyte* bytes = (sbyte*)formed.Start;
            forming.Form(weight, p, bytes, scales, sums, scratch.Start);
            for (int c = 0; c < 16 && (p * 16) + c < weight.OutFeatures; c++)
            {
                int output = (p * 16) + c, sum = 0;
                weight.ReadRow(output, plain);
                double[] expected = [.. Enumerable.Range(0, inputs).Select(k => (plain[k] * factor(output, k)) + added(output, k))];
                double largest = expected.Max(Math.Abs);
                Assert.Equal(largest / 127, scales[c], largest * 1e-6);
                for (int k = 0; k < inputs; k++)
                {
                    sbyte own = bytes[(k / 4 * 64) + (c * 4) + (k % 4)];
                    Assert.InRange(own * scales[c] - expected[k], -0.501 * scales[c], 0.501 * scales[c]);
                    sum += own;
                }

                Assert.Equal(sum, sums[c]);
            }
        }
    }

    private static float[] Products(Int8Weight weight, Int8Forming forming, int rank, float[] x, bool isMany)
    {
        int count = x.Length / weight.InFeatures, columns = weight.PanelCount * weight.Columns;
        long stride = weight.RowStride;
        using NativeBuffer rows = new(count * stride), y = new((long)count * columns), plain = new(weight.PlainCount(weight.PanelCount)), scratch = new(weight.FormedCount(weight.PanelCount, rank));
        fixed (float* numbers = x)
        {
            for (int r = 0; r < count; r++)
                weight.Quantise(numbers + (r * weight.InFeatures), isMany, rows.Start + (r * stride));
        }

        if (isMany)
        {
            TorchInt8Product product = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!.Int8Product!;
            weight.MultiplyMany(product, forming, 0, weight.PanelCount, rows.Start, count, (sbyte*)plain.Start, y.Start, scratch.Start);
            return new Span<float>(y.Start, count * columns).ToArray();
        }

        using var panel = new NativeBuffer(count * 16);
        for (int p = 0; p < weight.PanelCount; p++)
        {
            weight.MultiplyFormed(forming, p, rows.Start, stride, count, panel.Start, scratch.Start);
            for (int r = 0; r < count; r++)
                new Span<float>(panel.Start + (r * 16), 16).CopyTo(new Span<float>(y.Start + (r * columns) + (p * 16), 16));
        }

        return new Span<float>(y.Start, count * columns).ToArray();
    }

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
