namespace FLoRA.Inference.Scheduling;

/// <summary>The free list over the blocks of the key/value cache: ids 0..<see cref="BlockCount"/>-1, no memory of its own.</summary>
internal sealed class BlockPool
{
    private readonly Stack<int> _free;
    private readonly int[] _holders;
    private readonly List<int> _spoiled = [];

    /// <summary>All blocks are free; the lowest ids are given out first.</summary>
    public BlockPool(int blockCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCount, 1);
        _holders = new int[blockCount];
        _free = new Stack<int>(blockCount);
        for (int block = blockCount - 1; block >= 0; block--)
            _free.Push(block);
    }

    /// <summary>Blocks of the pool.</summary>
    public int BlockCount => _holders.Length;

    /// <summary>Blocks that nobody holds.</summary>
    public int FreeCount => _free.Count;

    /// <summary>Takes one block; the caller has looked at <see cref="FreeCount"/>.</summary>
    /// <exception cref="InvalidOperationException">No block is free.</exception>
    public int Take()
    {
        if (!_free.TryPop(out int block))
            throw new InvalidOperationException($"None of the {BlockCount} cache blocks is free.");
        _holders[block] = 1;
        return block;
    }

    /// <summary>One more holder of a block that is taken.</summary>
    /// <exception cref="InvalidOperationException">The block is not taken.</exception>
    public void Share(int block)
    {
        if ((uint)block >= (uint)_holders.Length || _holders[block] == 0)
            throw new InvalidOperationException($"Cache block {block} is shared but not taken; the pool has blocks 0..{BlockCount - 1}.");
        _holders[block]++;
    }

    /// <summary>How many hold the block; 0: it is free.</summary>
    public int HoldersOf(int block) => _holders[block];

    /// <summary>Whether several hold the block.</summary>
    public bool IsShared(int block) => _holders[block] > 1;

    /// <summary>Gives one block back; it is free when its last holder has.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isSpoiled">It may hold numbers that are not finite; the word of the last holder counts.</param>
    /// <exception cref="InvalidOperationException">The block is not taken: returned twice, or not of this pool.</exception>
    public void Return(int block, bool isSpoiled = false)
    {
        if ((uint)block >= (uint)_holders.Length || _holders[block] == 0)
            throw new InvalidOperationException($"Cache block {block} is returned but not taken; the pool has blocks 0..{BlockCount - 1}.");
        if (--_holders[block] > 0)
            return;
        _free.Push(block);
        if (isSpoiled)
            _spoiled.Add(block);
    }

    /// <summary>Moves the blocks that came back spoiled since the last call to <paramref name="blocks"/>.</summary>
    public void TakeSpoiled(List<int> blocks)
    {
        blocks.AddRange(_spoiled);
        _spoiled.Clear();
    }
}
