using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;

namespace FLoRA.Inference.Tests.Kernels.Int8;

/// <summary>An additive pair in eight bits against plain integers, on every path of the machine, and against the pair that was rounded.</summary>
public sealed unsafe class Int8PairTests
{
    public static TheoryData<int, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, int>();
            foreach (int rank in (int[])[1, 2, 3, 4, 5, 7, 8, 16, 33, 64, 128])
            {
                shapes.Add(rank, 21, 40);
                shapes.Add(rank, 300, 70);
                shapes.Add(rank, 64, 16);
            }

            return shapes;
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Every_path_gives_the_same_bits_and_is_near_the_pair(int rank, int inputs, int outputs)
    {
        var random = new Random(rank + inputs);
        var form = new Int8PairForm(inputs, outputs);
        (float[] Down, float[] Up)[] pairs = [.. Enumerable.Range(0, 3).Select(_ => (Floats(random, rank * inputs), Floats(random, outputs * rank)))];
        foreach ((float[] down, float[] up) in pairs)
        {
            using LargeBuffer bytes = Packed(form, rank, down, up);
            float[] x = Floats(random, inputs);
            float[]? first = null;
            foreach (Int8Path path in Int8Paths.Available)
            {
                foreach (int offset in (int[])[0, Int8Paths.Offset(path)])
                {
                    float[] y = Multiply(form.At(bytes.Start, rank), path, offset, x, outputs);
                    first ??= y;
                    Assert.Equal(first, y);
                }
            }

            double error = 0, size = 0;
            for (int o = 0; o < outputs; o++)
            {
                double expected = 1;
                for (int i = 0; i < rank; i++)
                {
                    double inner = 0;
                    for (int k = 0; k < inputs; k++)
                        inner += (double)down[(i * inputs) + k] * x[k];
                    expected += up[(o * rank) + i] * inner;
                }

                error += (expected - first![o]) * (expected - first[o]);
                size += expected * expected;
            }

            Assert.InRange(Math.Sqrt(error / size), 0, 0.05);
        }
    }

    [Fact]
    public void The_largest_bytes_do_not_saturate()
    {
        const int Rank = 4, Inputs = 8192, Outputs = 16;
        var form = new Int8PairForm(Inputs, Outputs);
        float[] down = [.. Enumerable.Range(0, Rank * Inputs).Select(i => i % 2 == 0 ? 1f : -1f)], up = [.. Enumerable.Range(0, Outputs * Rank).Select(i => i % 3 == 0 ? -1f : 1f)];
        using LargeBuffer bytes = Packed(form, Rank, down, up);
        float[] x = [.. Enumerable.Range(0, Inputs).Select(i => i % 2 == 0 ? -1f : 1f)];
        float[] expected = Multiply(form.At(bytes.Start, Rank), Int8Path.Scalar, 0, x, Outputs);
        Assert.Contains(expected, y => Math.Abs(y) > Inputs);
        foreach (Int8Path path in Int8Paths.Available)
            Assert.Equal(expected, Multiply(form.At(bytes.Start, Rank), path, Int8Paths.Offset(path), x, Outputs));
    }

    private static LargeBuffer Packed(Int8PairForm form, int rank, float[] down, float[] up)
    {
        byte[] packed = form.Pack(rank, down, up);
        var bytes = new LargeBuffer(packed.Length, isCleared: false);
        packed.CopyTo(new Span<byte>(bytes.Start, packed.Length));
        return bytes;
    }

    /// <summary>1 + U D x, by sixteen outputs and, beside it, one by one.</summary>
    private static float[] Multiply(Int8Pair pair, Int8Path path, int offset, float[] x, int outputs)
    {
        byte* row = (byte*)NativeMemory.AlignedAlloc((nuint)Int8Rows.Stride(x.Length), 64), inner = (byte*)NativeMemory.AlignedAlloc((nuint)Int8Rows.Stride(pair.Rank), 64);
        float* sums = stackalloc float[pair.PaddedRank];
        fixed (float* numbers = x)
            Int8Rows.Quantise(numbers, x.Length, offset, row);
        pair.MultiplyDown(path, row, offset, sums, inner);
        var y = new float[outputs];
        for (int o = 0; o < outputs; o++)
        {
            y[o] = pair.AddUp(inner, o, 1);
            Assert.Equal(y[o], pair.AddUp(path, inner, o / 16 * 16, System.Runtime.Intrinsics.Vector512<float>.One)[o % 16]);
        }

        NativeMemory.AlignedFree(row);
        NativeMemory.AlignedFree(inner);
        return y;
    }

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 3)];
}
