using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;

namespace FLoRA.Inference.Tests.Kernels.Int8;

public sealed unsafe class Int8RowsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(128)]
    public void A_row_is_rounded_by_its_own_largest_number(int offset)
    {
        var random = new Random(3);
        for (int inputs = 1; inputs <= 200; inputs++)
        {
            float[] x = [.. Enumerable.Range(0, inputs).Select(_ => (float)(random.NextDouble() - 0.5) * 10)];
            (float scale, byte[] bytes) = Quantise(x, offset);
            float largest = x.Max(MathF.Abs);
            Assert.Equal(largest / 127, scale);
            for (int i = 0; i < inputs; i++)
                Assert.Equal((int)MathF.Round(x[i] * (127 / largest)), bytes[i] - offset - (offset == 0 && bytes[i] > 127 ? 256 : 0));
            Assert.All(bytes[inputs..], b => Assert.Equal(offset, b));
        }
    }

    [Fact]
    public void Zeros_stay_zeros()
    {
        (float scale, byte[] bytes) = Quantise(new float[70], 128);
        Assert.Equal(0, scale);
        Assert.All(bytes, b => Assert.Equal(128, b));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_comes_out_of_every_product(float wrong)
    {
        foreach (int at in new[] { 0, 15, 63, 64, 68 })
        {
            float[] x = [.. Enumerable.Repeat(1f, 69)];
            x[at] = wrong;
            float scale = Quantise(x, 128).Scale;
            Assert.False(float.IsFinite(scale));
        }
    }

    [Theory]
    [InlineData(0, -0.5, 1)]
    [InlineData(128, -0.5, 1)]
    [InlineData(128, 0, 1)]
    [InlineData(128, -0.02, 1)]
    [InlineData(0, -1, 0)]
    [InlineData(128, 0.5, 0.7)]
    public void A_row_with_a_zero_of_its_own_uses_all_bytes_between_its_bounds(int offset, double least, double most)
    {
        var random = new Random(5);
        for (int inputs = 1; inputs <= 150; inputs++)
        {
            float[] x = [.. Enumerable.Range(0, inputs).Select(_ => (float)(least + (random.NextDouble() * (most - least))))];
            long stride = Int8Rows.Stride(inputs);
            byte* row = (byte*)NativeMemory.AlignedAlloc((nuint)stride, 64);
            fixed (float* first = x)
                Int8Rows.QuantiseSkewed(first, inputs, offset, row);
            float scale = Int8Rows.Scale(row);
            Assert.Equal((Math.Max(0, x.Max()) - Math.Min(0, x.Min())) / 254, scale, scale * 1e-5);
            for (int i = 0; i < inputs; i++)
            {
                int own = offset == 0 ? (sbyte)Int8Rows.Bytes(row)[i] : Int8Rows.Bytes(row)[i] - offset;
                Assert.InRange((own - Int8Rows.Zero(row)) * scale - x[i], -1.01 * scale, 1.01 * scale); // the zero is rounded too
            }

            for (int i = inputs; i % 64 != 0; i++)
                Assert.Equal(offset, Int8Rows.Bytes(row)[i]);
            NativeMemory.AlignedFree(row);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void With_a_zero_too_what_is_not_finite_comes_out(float wrong)
    {
        foreach (int at in new[] { 0, 15, 63, 64, 68 })
        {
            float[] x = [.. Enumerable.Repeat(1f, 69)];
            x[at] = wrong;
            byte* row = (byte*)NativeMemory.AlignedAlloc((nuint)Int8Rows.Stride(x.Length), 64);
            fixed (float* first = x)
                Int8Rows.QuantiseSkewed(first, x.Length, 128, row);
            Assert.False(float.IsFinite(Int8Rows.Scale(row)));
            NativeMemory.AlignedFree(row);
        }
    }

    private static (float Scale, byte[] Bytes) Quantise(float[] x, int offset)
    {
        long stride = Int8Rows.Stride(x.Length);
        byte* row = (byte*)NativeMemory.AlignedAlloc((nuint)stride, 64);
        fixed (float* first = x)
            Int8Rows.Quantise(first, x.Length, offset, row);
        (float, byte[]) result = (Int8Rows.Scale(row), new Span<byte>(Int8Rows.Bytes(row), (x.Length + 63) / 64 * 64).ToArray());
        NativeMemory.AlignedFree(row);
        return result;
    }
}
