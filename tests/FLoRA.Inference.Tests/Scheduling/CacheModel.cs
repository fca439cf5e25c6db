using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>
/// A "model" of integers with a real paged cache: what lies at a position depends on its token, on the adapter, on the form and on all positions before, as found through the block
/// table, and so does what is said next. A block that is shared wrongly, lost or not recomputed after a preemption changes the output.
/// </summary>
internal sealed class CacheModel(SchedulerOptions options)
{
    private readonly uint[] _cache = new uint[options.PoolTokens]; // [block, slot]

    /// <summary>Computes one part of a batch; gives the token after its last position.</summary>
    public int Forward(ScheduledTokens part)
    {
        for (int position = part.Start; position < part.Start + part.Count; position++)
            _cache[Slot(part.Sequence, position)] = Cell(part.Sequence, position, position == 0 ? 0 : _cache[Slot(part.Sequence, position - 1)]);
        return Next(Enumerable.Range(0, part.Start + part.Count).Select(p => _cache[Slot(part.Sequence, p)]));
    }

    /// <summary>The slow, obvious reference: the output of a request that is alone in the world.</summary>
    /// <param name="sequence">The request, of which nothing was computed.</param>
    /// <param name="newTokens">Tokens that it produces.</param>
    public static IReadOnlyList<int> Alone(Sequence sequence, int newTokens)
    {
        var said = new List<int>();
        while (said.Count < newTokens)
        {
            var cells = new List<uint>();
            for (int position = 0; position < sequence.Tokens.Count; position++)
                cells.Add(Cell(sequence, position, position == 0 ? 0 : cells[^1]));
            said.Add(Next(cells));
            sequence.Tokens.Add(said[^1]);
        }

        return said;
    }

    private static uint Cell(Sequence sequence, int position, uint before)
    {
        bool isFormed = sequence.FormsPrompt && position < sequence.PromptTokens;
        return Mix(Mix(Mix(Mix(2166136261u, before), (uint)sequence.Tokens[position]), (uint)(int)sequence.AdapterPin!), isFormed ? 1u : 0u);
    }

    private static int Next(IEnumerable<uint> cells) => (int)(cells.Aggregate(2166136261u, Mix) % 50_000);

    private static uint Mix(uint hash, uint number) => (hash ^ number) * 16777619u;

    private int Slot(Sequence sequence, int position) =>
        (sequence.Blocks[position / options.BlockTokens] * options.BlockTokens) + (position % options.BlockTokens);
}
