using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>
/// A "model" of integers with a real paged cache: what it says next depends on every earlier token as found through the block
/// table. A block that is shared, lost or not recomputed after a preemption changes the output.
/// </summary>
internal sealed class CacheModel(SchedulerOptions options)
{
    private readonly int[] _cache = new int[options.PoolTokens]; // [block, slot]

    /// <summary>Computes one part of a batch; gives the token after its last position.</summary>
    public int Forward(ScheduledTokens part)
    {
        for (int position = part.Start; position < part.Start + part.Count; position++)
            _cache[Slot(part.Sequence, position)] = part.Sequence.Tokens[position];
        return Next(Enumerable.Range(0, part.Start + part.Count).Select(p => _cache[Slot(part.Sequence, p)]));
    }

    /// <summary>The slow, obvious reference: the output of a request that is alone in the world.</summary>
    public static IReadOnlyList<int> Alone(IReadOnlyList<int> prompt, int newTokens)
    {
        List<int> tokens = [.. prompt];
        for (int i = 0; i < newTokens; i++)
            tokens.Add(Next(tokens));
        return tokens.GetRange(prompt.Count, newTokens);
    }

    private static int Next(IEnumerable<int> tokens) => (int)(tokens.Aggregate(2166136261u, (hash, token) => (hash ^ (uint)token) * 16777619u) % 50_000);

    private int Slot(Sequence sequence, int position) =>
        (sequence.Blocks[position / options.BlockTokens] * options.BlockTokens) + (position % options.BlockTokens);
}
