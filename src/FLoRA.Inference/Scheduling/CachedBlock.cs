namespace FLoRA.Inference.Scheduling;

/// <summary>A full block that later sequences with an equal beginning may take.</summary>
/// <param name="key">Its key.</param>
/// <param name="block">Number of the block.</param>
/// <param name="parent">The block in front of it; null: it is a first one.</param>
/// <param name="tokens">Its tokens.</param>
/// <param name="formedTokens">The first so many of them were multiplied by formed weights.</param>
internal sealed class CachedBlock(PrefixKey key, int block, CachedBlock? parent, int[] tokens, int formedTokens)
{
    /// <summary>Its key.</summary>
    public PrefixKey Key => key;

    /// <summary>Number of the block.</summary>
    public int Block => block;

    /// <summary>Key of the first block of its chain.</summary>
    public PrefixKey FirstKey { get; } = parent?.FirstKey ?? key;

    /// <summary>Its place among those that nobody holds; null: somebody does.</summary>
    public LinkedListNode<CachedBlock>? Idle { get; set; }

    /// <summary>Whether it holds these tokens in this form.</summary>
    public bool Holds(ReadOnlySpan<int> asked, int askedFormed) => askedFormed == formedTokens && asked.SequenceEqual(tokens);
}
