using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Kernels.Int8;

public sealed unsafe class Int8WeightTests
{
    [Fact]
    public void Rows_come_back_within_half_a_step()
    {
        float[][] rows = Random(37, 51, 4);
        using Int8Weight weight = Weight(rows, Int8Paths.Best);
        float[] read = new float[51];
        for (int o = 0; o < rows.Length; o++)
        {
            fixed (float* to = read)
                weight.ReadRow(o, to);
            float step = rows[o].Max(MathF.Abs) / 127;
            Assert.All(read.Zip(rows[o]), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 0.5001f * step));
        }
    }

    [Fact]
    public void Every_path_gives_the_same_bits()
    {
        float[][] rows = Random(45, 130, 5), inputs = Random(9, 130, 6);
        float[] reference = Products(rows, inputs, Int8Path.Scalar);
        foreach (Int8Path path in Int8Paths.Available)
            Assert.Equal(reference.Select(BitConverter.SingleToInt32Bits), Products(rows, inputs, path).Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(130, 45, 100)]
    [InlineData(64, 16, 1)]
    [InlineData(257, 300, 97)]
    [InlineData(512, 40, 33)]
    [InlineData(2048, 48, 70)]
    public void Many_rows_at_once_give_the_same_bits(int inputs, int outputs, int count)
    {
        TorchInt8Product? product = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)?.Int8Product;
        Assert.SkipUnless(product is not null, "this libtorch has no integer product");
        float[][] rows = Random(outputs, inputs, 12), x = Random(count, inputs, 13);
        float[] expected = Products(rows, x, Int8Paths.Best);
        using Int8Weight weight = Weight(rows, Int8Paths.Best);
        long stride = weight.RowStride;
        float* quantised = (float*)NativeMemory.AlignedAlloc((nuint)(count * stride * sizeof(float)), 64);
        for (int r = 0; r < count; r++)
        {
            fixed (float* from = x[r])
                weight.Quantise(from, isMany: true, quantised + (r * stride));
        }

        foreach (int panels in new[] { 1, 2, weight.PanelCount })
        {
            for (int p = 0; p + panels <= weight.PanelCount; p += panels)
            {
                int width = panels * weight.Columns;
                float* y = (float*)NativeMemory.AlignedAlloc((nuint)(count * width * sizeof(float)), 64);
                sbyte* plain = (sbyte*)NativeMemory.AlignedAlloc((nuint)(weight.PlainCount(panels) * sizeof(float)), 64);
                weight.MultiplyMany(product, null, p, panels, quantised, count, plain, y, null);
                for (int r = 0; r < count; r++)
                {
                    for (int c = 0; c < width && (p * weight.Columns) + c < outputs; c++)
                        Assert.Equal(BitConverter.SingleToInt32Bits(expected[(r * outputs) + (p * weight.Columns) + c]), BitConverter.SingleToInt32Bits(y[(r * width) + c]));
                }

                NativeMemory.AlignedFree(y);
                NativeMemory.AlignedFree(plain);
            }
        }

        NativeMemory.AlignedFree(quantised);
    }

    [Fact]
    public void A_product_is_off_by_the_roundings_alone()
    {
        float[][] rows = Random(45, 130, 7), inputs = Random(9, 130, 8);
        float[] products = Products(rows, inputs, Int8Paths.Best);
        for (int r = 0; r < inputs.Length; r++)
        {
            for (int o = 0; o < rows.Length; o++)
            {
                double exact = inputs[r].Zip(rows[o], (a, b) => (double)a * b).Sum();
                double bound = 130 * ((rows[o].Max(MathF.Abs) / 254 * inputs[r].Max(MathF.Abs)) + (inputs[r].Max(MathF.Abs) / 254 * rows[o].Max(MathF.Abs)));
                Assert.True(Math.Abs(products[(r * rows.Length) + o] - exact) <= bound);
            }
        }
    }

    [Fact]
    public void Taken_bytes_equal_rounded_numbers()
    {
        float[][] rows = Random(20, 33, 9);
        using Int8Weight rounded = Weight(rows, Int8Paths.Best), taken = new(20, 33, Int8Paths.Best);
        for (int o = 0; o < 20; o++)
        {
            float scale = rows[o].Max(MathF.Abs) / 127;
            taken.SetRow(o, (sbyte[])[.. rows[o].Select(w => (sbyte)MathF.Round(w * (127 / rows[o].Max(MathF.Abs))))], scale);
        }

        float[] a = new float[33], b = new float[33];
        for (int o = 0; o < 20; o++)
        {
            fixed (float* first = a, second = b)
            {
                rounded.ReadRow(o, first);
                taken.ReadRow(o, second);
            }

            Assert.Equal(a, b);
        }
    }

    [Fact]
    public void A_weight_that_is_not_finite_makes_its_output_so_and_no_other()
    {
        float[][] rows = Random(18, 40, 10), inputs = Random(2, 40, 11);
        rows[5][7] = float.NaN;
        rows[17][0] = float.PositiveInfinity;
        float[] products = Products(rows, inputs, Int8Paths.Best);
        for (int i = 0; i < products.Length; i++)
            Assert.Equal(i % 18 is 5 or 17, !float.IsFinite(products[i]));
    }

    private static float[][] Random(int rows, int width, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, width).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
    }

    private static Int8Weight Weight(float[][] rows, Int8Path path)
    {
        var weight = new Int8Weight(rows.Length, rows[0].Length, path);
        for (int o = 0; o < rows.Length; o++)
            weight.SetRow(o, rows[o]);
        return weight;
    }

    /// <summary>[inputs, outputs].</summary>
    private static float[] Products(float[][] rows, float[][] inputs, Int8Path path)
    {
        using Int8Weight weight = Weight(rows, path);
        long stride = weight.RowStride;
        float* x = (float*)NativeMemory.AlignedAlloc((nuint)(inputs.Length * stride * sizeof(float)), 64);
        float* y = (float*)NativeMemory.AlignedAlloc((nuint)(inputs.Length * weight.Columns * sizeof(float)), 64);
        for (int r = 0; r < inputs.Length; r++)
        {
            fixed (float* from = inputs[r])
                weight.Quantise(from, isMany: false, x + (r * stride));
        }

        float[] products = new float[inputs.Length * rows.Length];
        for (int p = 0; p < weight.PanelCount; p++)
        {
            weight.Multiply(p, x, stride, inputs.Length, y);
            for (int r = 0; r < inputs.Length; r++)
            {
                for (int c = 0; c < weight.Columns && (p * weight.Columns) + c < rows.Length; c++)
                    products[(r * rows.Length) + (p * weight.Columns) + c] = y[(r * weight.Columns) + c];
            }
        }

        NativeMemory.AlignedFree(x);
        NativeMemory.AlignedFree(y);
        return products;
    }
}
