using FLoRA.Inference.Kernels.Cpu.Sampling;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Passes over rows of logits, for lengths that fill no vector.</summary>
public class RowScanTests
{
    private static IEnumerable<int> Lengths => [.. Enumerable.Range(1, 70), 1536];

    [Fact]
    public void The_first_of_equal_largest_numbers_is_found()
    {
        var random = new Random(1);
        foreach (int length in Lengths)
        {
            for (int round = 0; round < 20; round++)
            {
                float[] row = [.. Enumerable.Range(0, length).Select(_ => (float)random.Next(-4, 5))]; // many equal ones
                Assert.Equal((Array.IndexOf(row, row.Max()), true), RowScan.Of(row));
            }
        }
    }

    [Fact]
    public void Zeros_of_both_signs_are_equal()
    {
        foreach (int length in Lengths.Where(l => l > 3))
        {
            float[] row = [.. Enumerable.Repeat(-1f, length)];
            (row[1], row[^1]) = (-0f, 0f);
            Assert.Equal((1, true), RowScan.Of(row));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void One_number_that_is_not_finite_is_seen_anywhere(float broken)
    {
        foreach (int length in Lengths.Where(l => l <= 70))
        {
            for (int place = 0; place < length; place++)
            {
                float[] row = new float[length];
                row[place] = broken;
                (int best, bool finite) = RowScan.Of(row);
                Assert.False(finite);
                Assert.InRange(best, 0, length - 1);
                if (!float.IsNaN(broken))
                    Assert.Equal(Array.IndexOf(row, row.Max()), best);
            }
        }
    }

    [Fact]
    public void Infinities_of_both_signs_are_not_finite_together()
    {
        float[] row = new float[40];
        (row[3], row[19], row[35]) = (float.PositiveInfinity, float.NegativeInfinity, float.PositiveInfinity);
        Assert.Equal((3, false), RowScan.Of(row));
        Assert.Equal((0, false), RowScan.Of([.. Enumerable.Repeat(float.NegativeInfinity, 33)]));
    }

    [Fact]
    public void Numbers_whose_sum_is_no_float_are_finite() => Assert.Equal((0, true), RowScan.Of([.. Enumerable.Repeat(float.MaxValue, 50)]));

    [Fact]
    public void LogSumExp_equals_float64()
    {
        var random = new Random(2);
        foreach (int length in Lengths)
        {
            foreach (double centre in (double[])[0, 1e4, -1e4])
            {
                float[] row = [.. Enumerable.Range(0, length).Select(_ => (float)(centre + (30 * random.NextDouble())))];
                Assert.Equal(Plain(row), RowScan.LogSumExp(row), 1e-6);
                row[random.Next(length)] = float.NegativeInfinity;
                if (length > 1)
                    Assert.Equal(Plain(row), RowScan.LogSumExp(row), 1e-6);
            }
        }
    }

    [Fact]
    public void LogSumExp_of_a_NaN_is_one()
    {
        for (int place = 0; place < 37; place++)
        {
            float[] row = new float[37];
            row[place] = float.NaN;
            Assert.True(double.IsNaN(RowScan.LogSumExp(row)));
        }
    }

    private static double Plain(float[] row)
    {
        double largest = row.Max();
        return largest + Math.Log(row.Sum(v => Math.Exp(v - largest)));
    }
}
