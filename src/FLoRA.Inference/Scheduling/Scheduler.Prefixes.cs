namespace FLoRA.Inference.Scheduling;

/// <summary>Blocks shared by equal beginnings: who takes them, who waits a step for them, who leaves some behind.</summary>
internal sealed partial class Scheduler
{
    private readonly HashSet<PrefixKey> _underWay = []; // blocks that are full and wholly computed after this step

    /// <summary>Tokens that were taken from the cache instead of being computed, so far.</summary>
    public long PrefixHitTokens { get; private set; }

    /// <summary>Blocks that equal prefixes may take, held or idle.</summary>
    public int CachedBlocks => _prefixes.CachedBlocks;

    /// <summary>Of these, given up so far because others were needed.</summary>
    public long EvictedBlocks => _prefixes.EvictedBlocks;

    /// <summary>Nobody finds blocks of what was computed so far.</summary>
    public void ForgetPrefixes() => _prefixes.Clear();

    /// <summary>Who holds a block, the cache included, and whether the cache does; for tests.</summary>
    public (int Holders, bool IsCached) StateOf(int block) => (_pool.HoldersOf(block), _prefixes.IsCached(block));

    /// <summary>
    /// Who takes part: text alone. What a beam or a speech model's decoder computes depends on more than tokens and adapter, and has few tokens.
    /// </summary>
    private void AttachPrefix(Sequence sequence)
    {
        if (_options is { PrefixCache: true, Encoder: null } && sequence is { PrefixRoot: { } root, Beams: null, Request.Audio: null })
            sequence.Prefix = new PrefixChain(sequence, root, _options.BlockTokens);
    }

    /// <summary>Blocks that a sequence takes of those that are free, with all its tokens.</summary>
    private int BlocksToTake(Sequence sequence) =>
        _options.BlocksFor(sequence.Tokens.Count) - (sequence.Prefix is { } chain ? _prefixes.MatchHeld(chain) : 0);

    /// <summary>Others may have computed meanwhile what running sequences still have to.</summary>
    private void AdoptLate()
    {
        foreach (Sequence sequence in _running)
        {
            if (!sequence.IsDecoding)
                Adopt(sequence);
        }
    }

    private void Adopt(Sequence sequence)
    {
        if (sequence.Prefix is not { } chain)
            return;
        int saved = _prefixes.Adopt(sequence, chain);
        PrefixHitTokens += saved;
        if (sequence.GeneratedTokens == 0)
            sequence.CachedPromptTokens += saved;
    }

    /// <summary>
    /// True: an older sequence computes the next blocks of this one to their end in this very step. It waits for them then, once: whether they come or not, after the step it has them or computes them itself.
    /// </summary>
    private bool AwaitsPrefix(Sequence sequence)
    {
        if (sequence.Prefix is not { } chain)
            return false;
        int block = chain.ComputedBlocks;
        while (block < chain.ReusableBlocks && _underWay.Contains(chain.Key(block)))
            block++;
        return (block * _options.BlockTokens) - sequence.ComputedTokens >= _options.MinAwaitedTokens;
    }

    /// <summary>A prefill comes to its end in this step: others may have its blocks after it.</summary>
    private void Announce(Sequence sequence)
    {
        if (sequence.Prefix is not { } chain)
            return;
        for (int block = chain.SharedBlocks; block < sequence.Tokens.Count / _options.BlockTokens; block++)
            _underWay.Add(chain.Key(block));
    }

    private int TakeBlock()
    {
        if (_pool.FreeCount == 0)
            _prefixes.Evict();
        return _audio.TakeBlock();
    }
}
