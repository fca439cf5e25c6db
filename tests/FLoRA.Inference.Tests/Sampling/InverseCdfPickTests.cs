namespace FLoRA.Inference.Tests.Sampling;

public sealed class InverseCdfPickTests
{
    private const double LargestUniform = 1 - 1.0 / (1UL << 53);
    private const double None = double.NegativeInfinity;

    [Fact]
    public void NeverPicksATokenOfProbabilityZero()
    {
        double[][] rows = [[None, 0, None, 0.3, None], [0, None, None, None, None], [None, None, None, None, 0], [0, 1e-3, -800, None, None]];
        foreach (double uniform in (double[])[0, 1e-300, 0.25, 0.5, 0.75, 0.999999999999, LargestUniform])
        {
            long[] picked = SamplerHarness.Pick(rows, [.. rows.Select(_ => uniform)]);
            for (int row = 0; row < rows.Length; row++)
                Assert.True(rows[row][picked[row]] > -700, $"u {uniform}: row {row} picked {picked[row]}");
        }
    }

    /// <summary>The sum of many rounded probabilities lies on either side of 1; u x sum may round up to the sum.</summary>
    [Fact]
    public void TheLargestUniformPicksACandidateForEverySize()
    {
        for (int size = 1; size <= 400; size++)
        {
            double[] logits = [.. Enumerable.Range(0, size).Select(id => Math.Sin(id * 0.7) * 3), None, None];
            Assert.Equal(size - 1, SamplerHarness.Pick([logits], [LargestUniform])[0]);
        }
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.2499, 0)]
    [InlineData(0.2501, 1)]
    [InlineData(0.7499, 2)]
    [InlineData(0.7501, 3)]
    public void FollowsTheCumulativeSum(double uniform, int expected) =>
        Assert.Equal(expected, SamplerHarness.Pick([[1, 1, 1, 1]], [uniform])[0]);
}
