using System.Runtime.InteropServices;

namespace FLoRA.Inference.Scheduling;

/// <summary>The keys of a sequence's full blocks, each made when it is first asked for. Engine thread only.</summary>
/// <param name="sequence">Whose tokens.</param>
/// <param name="root">Key in front of its first block.</param>
/// <param name="blockTokens">Tokens in a block.</param>
internal sealed class PrefixChain(Sequence sequence, PrefixKey root, int blockTokens)
{
    private readonly List<PrefixKey> _keys = [];

    /// <summary>The first so many blocks of the sequence's table are the cache's.</summary>
    public int SharedBlocks { get; set; }

    /// <summary>Blocks that it may take instead of computing them: its newest token is always computed, and so are those of which more is asked than the cache holds.</summary>
    public int ReusableBlocks
    {
        get
        {
            if (sequence.ScoreOnly)
                return 0;
            int tokens = sequence.Tokens.Count - 1;
            return Math.Min(tokens, sequence.Request.Probe?.PromptIndex ?? tokens) / blockTokens;
        }
    }

    /// <summary>Tokens in a block.</summary>
    public int BlockTokens => blockTokens;

    /// <summary>Full blocks of what is computed; the next token belongs to the block behind them.</summary>
    public int ComputedBlocks => sequence.ComputedTokens / blockTokens;

    /// <summary>Key of a block, which must be full.</summary>
    public PrefixKey Key(int block)
    {
        for (int b = _keys.Count; b <= block; b++)
            _keys.Add((b == 0 ? root : _keys[b - 1]).Next(Tokens(b), FormedTokens(b)));
        return _keys[block];
    }

    /// <summary>Tokens of a full block.</summary>
    public ReadOnlySpan<int> Tokens(int block) => CollectionsMarshal.AsSpan(sequence.Tokens).Slice(block * blockTokens, blockTokens);

    /// <summary>Of these, the first so many are multiplied by formed weights.</summary>
    public int FormedTokens(int block) => sequence.FormsPrompt ? Math.Clamp(sequence.PromptTokens - (block * blockTokens), 0, blockTokens) : 0;
}
