using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Kernels.Packed;

public unsafe class AdapterNumbersTests
{
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
    public void Products_equal_plain_loops(bool isNarrow)
    {
        var random = new Random(4);
        foreach (int width in new[] { 1, 15, 16, 17, 100, 256 })
        {
            ushort[] narrow = [.. Enumerable.Range(0, width + 3).Select(_ => (ushort)(BitConverter.SingleToUInt32Bits(random.NextSingle() - 0.5f) >> 16))];
            float[] floats = [.. narrow.Select(n => BitConverter.Int32BitsToSingle(n << 16))], x = [.. Enumerable.Range(0, width).Select(_ => random.NextSingle())], product = new float[width];
            fixed (ushort* n = narrow)
            fixed (float* f = floats, from = x, to = product)
            {
                new AdapterNumbers(isNarrow ? n : f, isNarrow ? NumberType.BFloat16 : NumberType.Single).At(3).Multiply(from, width, to);
                Assert.Equal(x.Zip(floats.Skip(3), (a, b) => a * b), product);
            }
        }
    }

    [Fact]
    public void None_is_none() => Assert.True(default(AdapterNumbers).IsNull && !new AdapterNumbers((void*)64, NumberType.Single).IsNull);
}
