using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

public sealed class PrefixKeyTests
{
    private static readonly int[] Block = [1, 2, 3, 4];

    [Fact]
    public void It_depends_on_all_that_a_block_depends_on()
    {
        PrefixKey root = PrefixKey.Root(null), first = root.Next(Block, 0);
        PrefixKey[] keys =
        [
            root,
            PrefixKey.Root("base"), // an adapter with the base model's name is still an adapter
            PrefixKey.Root("a"),
            first,
            root.Next(Block, 1),
            root.Next(Block, 4),
            root.Next([1, 2, 4, 3], 0),
            root.Next([1, 2, 3], 0),
            PrefixKey.Root("a").Next(Block, 0),
            first.Next(Block, 0),
            root.Next([.. Block, .. Block], 0),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(first.Next(Block, 2), PrefixKey.Root(null).Next([.. Block], 0).Next([.. Block], 2));
    }

    [Fact]
    public void Blocks_of_any_length_have_one()
    {
        int[] large = [.. Enumerable.Range(0, 1000)];
        Assert.Equal(PrefixKey.Root("a").Next(large, 7), PrefixKey.Root("a").Next([.. large], 7));
        Assert.NotEqual(PrefixKey.Root("a").Next(large, 7), PrefixKey.Root("a").Next(large.AsSpan(1), 7));
    }

    [Fact]
    public void A_hit_compares_tokens_and_form_whatever_the_key_says()
    {
        var cached = new CachedBlock(PrefixKey.Root(null), 5, null, [.. Block], 2);
        Assert.True(cached.Holds(Block, 2));
        Assert.False(cached.Holds(Block, 1));
        Assert.False(cached.Holds([1, 2, 3, 5], 2));
    }
}
