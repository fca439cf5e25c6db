using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Tests.Sampling;

public sealed class PhiloxTests
{
    /// <summary>Known answers published with Random123 (Salmon et al. 2011), philox4x32 with 10 rounds.</summary>
    [Theory]
    [InlineData(new uint[] { 0, 0, 0, 0 }, new uint[] { 0, 0 }, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(new uint[] { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, new uint[] { 0xffffffff, 0xffffffff }, new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [InlineData(new uint[] { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, new uint[] { 0xa4093822, 0x299f31d0 }, new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void EqualsThePublishedVectors(uint[] counter, uint[] key, uint[] expected)
    {
        (uint x0, uint x1, uint x2, uint x3) = Philox.Block((counter[0], counter[1], counter[2], counter[3]), (key[0], key[1]));
        Assert.Equal((expected[0], expected[1], expected[2], expected[3]), (x0, x1, x2, x3));
    }

    [Fact]
    public void UniformTakes53BitsOfTheBlock()
    {
        ulong bits = 0xe169c58d_6627e8d5UL >> 11;
        Assert.Equal(bits / (double)(1UL << 53), Philox.Uniform(0, 0));
    }

    [Fact]
    public void NumbersAreEvenlySpread()
    {
        const int Count = 20_000, Bins = 20;
        int[] hits = new int[Bins];
        for (ulong counter = 0; counter < Count; counter++)
            hits[(int)(Philox.Uniform(7, counter) * Bins)]++;

        // 1000 expected, standard deviation 31.
        Assert.All(hits, hit => Assert.InRange(hit, 880, 1120));
    }

    [Fact]
    public void SeedsAndCountersGiveDifferentNumbers()
    {
        IEnumerable<double> numbers = from seed in Enumerable.Range(0, 50)
                                      from counter in Enumerable.Range(0, 50)
                                      select Philox.Uniform((ulong)seed << 33 | (uint)seed, (ulong)counter);
        Assert.Equal(2500, numbers.Distinct().Count());
    }
}
