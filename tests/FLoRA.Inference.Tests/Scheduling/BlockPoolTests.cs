using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

public sealed class BlockPoolTests
{
    [Fact]
    public void Gives_out_every_block_once()
    {
        BlockPool pool = new(5);
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 5).Select(_ => pool.Take()));
        Assert.Equal(0, pool.FreeCount);
        Assert.Throws<InvalidOperationException>(() => pool.Take());
        pool.Return(3);
        Assert.Equal((1, 3), (pool.FreeCount, pool.Take()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(-1)]
    public void Refuses_a_block_that_is_not_taken(int block)
    {
        BlockPool pool = new(2);
        pool.Return(pool.Take());
        Assert.Throws<InvalidOperationException>(() => pool.Return(block));
        Assert.Equal(2, pool.FreeCount);
    }
}
