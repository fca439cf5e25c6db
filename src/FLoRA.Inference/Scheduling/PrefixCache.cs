using System.Diagnostics.CodeAnalysis;

namespace FLoRA.Inference.Scheduling;

/// <summary>
/// Full blocks by what they hold, shared by sequences with equal beginnings. The cache holds each of its blocks beside the sequences that do; one that only the cache holds is idle, and counts as free:
/// the least recently used one goes when a block is needed. Whoever holds a block holds those in front of it too and gives back the last one first, so that a chain goes from its tail. Integers only; engine thread only.
/// </summary>
/// <param name="pool">Counts the holders.</param>
internal sealed class PrefixCache(BlockPool pool)
{
    private readonly Dictionary<PrefixKey, CachedBlock> _byKey = [];
    private readonly CachedBlock?[] _byBlock = new CachedBlock?[pool.BlockCount];
    private readonly LinkedList<CachedBlock> _idle = []; // least recently used first

    /// <summary>Blocks that nobody but the cache holds.</summary>
    public int IdleBlocks => _idle.Count;

    /// <summary>Blocks of the cache.</summary>
    public int CachedBlocks => _byKey.Count;

    /// <summary>Blocks given up because others were needed, so far.</summary>
    public long EvictedBlocks { get; private set; }

    /// <summary>Whether a block is the cache's; for tests.</summary>
    public bool IsCached(int block) => _byBlock[block] is not null;

    /// <summary>Leading blocks of a sequence that the cache has.</summary>
    public int Match(PrefixChain chain)
    {
        int matched = 0;
        while (matched < chain.ReusableBlocks && Find(chain, matched, out _))
            matched++;
        return matched;
    }

    /// <summary>Of these, blocks that sequences hold: they take nothing of what is free.</summary>
    public int MatchHeld(PrefixChain chain)
    {
        int held = 0;
        for (int b = 0; b < chain.ReusableBlocks && Find(chain, b, out CachedBlock? cached); b++)
            held += cached.Idle is null ? 1 : 0;
        return held;
    }

    /// <summary>Gives a sequence the leading blocks that the cache has, for those of its own where it has computed some of them meanwhile. Returns the tokens that it need not compute any more.</summary>
    public int Adopt(Sequence sequence, PrefixChain chain)
    {
        // Mostly there is nothing behind what the sequence has: one look tells.
        if (chain.ComputedBlocks >= chain.ReusableBlocks || !_byKey.ContainsKey(chain.Key(chain.ComputedBlocks)))
            return 0;
        int matched = Match(chain);
        if (matched <= chain.ComputedBlocks)
            return 0;
        for (int b = 0; b < matched; b++)
        {
            CachedBlock cached = _byKey[chain.Key(b)];
            if (b == sequence.Blocks.Count)
                sequence.Blocks.Add(Take(cached));
            else
                Replace(sequence, b, cached);
        }

        chain.SharedBlocks = matched;
        int saved = (matched * chain.BlockTokens) - sequence.ComputedTokens;
        sequence.ComputedTokens += saved;
        return saved;
    }

    /// <summary>Takes in the full blocks of a sequence, of which finite numbers have come. Where another one has computed the same meanwhile, the sequence goes on with that block.</summary>
    public void Publish(Sequence sequence, PrefixChain chain)
    {
        for (int b = chain.SharedBlocks; b < chain.ComputedBlocks; b++)
        {
            CachedBlock? parent = b == 0 ? null : _byBlock[sequence.Blocks[b - 1]];
            if (b > 0 && parent is null)
                return; // was dropped: what follows it goes with the sequence
            if (Find(chain, b, out CachedBlock? cached))
                Replace(sequence, b, cached);
            else if (cached is null)
                Add(new CachedBlock(chain.Key(b), sequence.Blocks[b], parent, [.. chain.Tokens(b)], chain.FormedTokens(b)));
            else
                return; // one key for two texts
            chain.SharedBlocks = b + 1;
        }
    }

    /// <summary>A sequence gives one of its blocks back.</summary>
    public void Return(int block, bool isSpoiled)
    {
        pool.Return(block, isSpoiled);
        if (_byBlock[block] is { } cached && !pool.IsShared(block))
            cached.Idle = _idle.AddLast(cached);
    }

    /// <summary>Gives up the least recently used block that nobody holds; false: there is none.</summary>
    public bool Evict()
    {
        if (_idle.First is not { } oldest)
            return false;
        Forget(oldest.Value, isSpoiled: false);
        EvictedBlocks++;
        return true;
    }

    /// <summary>Nobody new gets what begins as a sequence does whose numbers are not finite.</summary>
    public void Drop(PrefixChain chain)
    {
        if (chain.SharedBlocks == 0)
            return;
        PrefixKey first = chain.Key(0);
        foreach (CachedBlock cached in _byKey.Values.Where(c => c.FirstKey == first).ToArray())
            Forget(cached, isSpoiled: true);
    }

    /// <summary>Nobody finds what is here now.</summary>
    public void Clear()
    {
        foreach (CachedBlock cached in _byKey.Values.ToArray())
            Forget(cached, isSpoiled: false);
    }

    private bool Find(PrefixChain chain, int block, [NotNullWhen(true)] out CachedBlock? cached) =>
        _byKey.TryGetValue(chain.Key(block), out cached) && cached.Holds(chain.Tokens(block), chain.FormedTokens(block));

    private void Replace(Sequence sequence, int index, CachedBlock cached)
    {
        int own = sequence.Blocks[index];
        if (own == cached.Block)
            return;
        sequence.Blocks[index] = Take(cached);
        Return(own, sequence.IsUnproven);
    }

    private int Take(CachedBlock cached)
    {
        pool.Share(cached.Block);
        if (cached.Idle is { } place)
            _idle.Remove(place);
        cached.Idle = null;
        return cached.Block;
    }

    private void Add(CachedBlock cached)
    {
        pool.Share(cached.Block);
        _byKey.Add(cached.Key, cached);
        _byBlock[cached.Block] = cached;
    }

    private void Forget(CachedBlock cached, bool isSpoiled)
    {
        _byKey.Remove(cached.Key);
        _byBlock[cached.Block] = null;
        if (cached.Idle is { } place)
            _idle.Remove(place);
        pool.Return(cached.Block, isSpoiled);
    }
}
