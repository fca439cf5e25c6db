using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Kernels.Packed;

public unsafe class AdapterNumbersTests
{
    [Fact]
    public void Every_half_is_widened_exactly()
    {
        var halves = new Half[65536];
        for (int i = 0; i < halves.Length; i++)
            halves[i] = BitConverter.UInt16BitsToHalf((ushort)i);
        fixed (Half* start = halves)
        {
            var numbers = new AdapterNumbers(start, NumberType.Half);
            for (int i = 0; i < halves.Length; i += 16)
            {
                for (int lane = 0; lane < 16; lane++)
                {
                    float expected = (float)halves[i + lane], actual = numbers.Load(i)[lane];
                    Assert.True(float.IsNaN(expected) ? float.IsNaN(actual) : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual), $"{i + lane}: {expected}, {actual}");
                    Assert.Equal(expected, numbers[i + lane]);
                }
            }
        }
    }

    [Fact]
    public void A_bfloat16_is_the_upper_half_of_a_float()
    {
        ushort[] numbers = [.. Enumerable.Range(0, 16).Select(i => (ushort)((i * 4099) + 7))];
        fixed (ushort* start = numbers)
        {
            var read = new AdapterNumbers(start, NumberType.BFloat16);
            for (int i = 0; i < 16; i++)
            {
                Assert.Equal(numbers[i] << 16, BitConverter.SingleToInt32Bits(read.Load(0)[i]));
                Assert.Equal(numbers[i] << 16, BitConverter.SingleToInt32Bits(read[i]));
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Products_equal_plain_loops(bool isHalf)
    {
        var random = new Random(4);
        foreach (int width in new[] { 1, 15, 16, 17, 100, 256 })
        {
            Half[] halves = [.. Enumerable.Range(0, width + 3).Select(_ => (Half)(random.NextSingle() - 0.5f))];
            float[] floats = [.. halves.Select(h => (float)h)], x = [.. Enumerable.Range(0, width).Select(_ => random.NextSingle())], product = new float[width];
            fixed (Half* h = halves)
            fixed (float* f = floats, from = x, to = product)
            {
                AdapterNumbers numbers = new AdapterNumbers(isHalf ? h : f, isHalf ? NumberType.Half : NumberType.Single).At(3);
                numbers.Multiply(from, width, to);
                Assert.Equal(x.Zip(floats.Skip(3), (a, b) => a * b), product);
                Assert.Equal(x.Zip(floats.Skip(3), (a, b) => (double)a * b).Sum(), numbers.Dot(from, width), 1e-4);
            }
        }
    }

    [Fact]
    public void None_is_none() => Assert.True(default(AdapterNumbers).IsNull && !new AdapterNumbers((void*)64, NumberType.Single).IsNull);
}
