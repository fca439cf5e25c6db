using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;

namespace FLoRA.Inference.Tests.Kernels.Int8;

/// <summary>Every path that the machine has against sums of 64-bit integers, to the bit.</summary>
public sealed unsafe class Int8TilesTests
{
    public static TheoryData<int> Paths => [.. Int8Paths.Available.Select(path => (int)path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Sums_are_exact_for_any_rows_and_inputs(int path)
    {
        var random = new Random(1);
        foreach (int groups in new[] { 1, 2, 3, 16, 127, 128, 129, 300, 513 })
        {
            foreach (int rows in new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 17, 32, 33 })
                Check((Int8Path)path, rows, groups, () => (sbyte)random.Next(-127, 128));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_largest_bytes_do_not_saturate(int path)
    {
        var random = new Random(2);
        Check((Int8Path)path, 7, 2048, () => (sbyte)127);
        Check((Int8Path)path, 7, 2048, () => (sbyte)-127);
        Check((Int8Path)path, 7, 2048, () => (sbyte)(random.Next(2) == 0 ? 127 : -127));
    }

    [Fact]
    public void The_reference_is_always_there_and_the_best_is_the_last()
    {
        Assert.Equal(Int8Path.Scalar, Int8Paths.Available[0]);
        Assert.Equal(Int8Paths.Available.Max(), Int8Paths.Best);
    }

    private static void Check(Int8Path path, int rows, int groups, Func<sbyte> number)
    {
        int inputs = groups * Int8Tiles.GroupInputs, stride = inputs + 32, offset = Int8Paths.Offset(path);
        sbyte[] x = [.. Enumerable.Range(0, rows * inputs).Select(_ => number())], w = [.. Enumerable.Range(0, Int8Tiles.Columns * inputs).Select(_ => number())];
        byte* bytes = (byte*)NativeMemory.AlignedAlloc((nuint)(rows * stride), 64);
        sbyte* panel = (sbyte*)NativeMemory.AlignedAlloc((nuint)w.Length, 64);
        int[] start = new int[Int8Tiles.Columns], sums = new int[(rows + 1) * Int8Tiles.Columns];
        Array.Fill(sums, 77);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < inputs; i++)
                bytes[(r * stride) + i] = (byte)(x[(r * inputs) + i] + offset);
        }

        for (int c = 0; c < Int8Tiles.Columns; c++)
        {
            for (int i = 0; i < inputs; i++)
            {
                panel[(i / 4 * Int8Tiles.GroupBytes) + (c * 4) + (i % 4)] = w[(c * inputs) + i];
                start[c] -= offset * w[(c * inputs) + i];
            }

            start[c] += c; // what sums begin with is kept
        }

        fixed (int* first = start, to = sums)
            Int8Tiles.Multiply(path, bytes, stride, rows, panel, groups, first, to);
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < Int8Tiles.Columns; c++)
            {
                long expected = c;
                for (int i = 0; i < inputs; i++)
                    expected += (long)x[(r * inputs) + i] * w[(c * inputs) + i];
                Assert.Equal(expected, sums[(r * Int8Tiles.Columns) + c]);
            }
        }

        Assert.All(sums[(rows * Int8Tiles.Columns)..], s => Assert.Equal(77, s));
        NativeMemory.AlignedFree(bytes);
        NativeMemory.AlignedFree(panel);
    }
}
