using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Scheduling;

/// <summary>
/// The beams of a sequence: one unit for the scheduler, of which each beam is a row of the batch with a block table of its own. Tables share blocks; a block that
/// several hold is copied before one of them writes to it. A preempted search begins anew, which nobody sees: it gives out nothing before its end.
/// </summary>
internal sealed class SequenceBeams(BeamSettings settings)
{
    /// <summary>How it searches.</summary>
    public BeamSettings Settings { get; } = settings;

    /// <summary>The search so far.</summary>
    public BeamSearch Search { get; private set; } = new(settings);

    /// <summary>Block table per beam; empty until the prompt is computed.</summary>
    public List<List<int>> Tables { get; private set; } = [];

    /// <summary>Newest token per beam.</summary>
    public List<int> NewestTokens { get; } = [];

    /// <summary>What the beams offer in this step, by beam.</summary>
    public SortedDictionary<int, IReadOnlyList<(int Id, float Logprob)>> Offers { get; } = [];

    /// <summary>The prompt is computed and the beams have parted.</summary>
    public bool IsForked => Tables.Count > 0;

    /// <summary>The beams go on from others, or from the one before the fork.</summary>
    /// <param name="steps">The next beams.</param>
    /// <param name="before">Tables that they go on from.</param>
    /// <param name="pool">Counts who holds a block.</param>
    public void Advance(IReadOnlyList<BeamStep> steps, IReadOnlyList<List<int>> before, BlockPool pool)
    {
        List<List<int>> next = [.. steps.Select(step => new List<int>(before[step.Source]))];
        foreach (int block in next.SelectMany(table => table))
            pool.Share(block);
        foreach (List<int> table in before)
            Return(table, pool);
        Tables = next;
        NewestTokens.Clear();
        NewestTokens.AddRange(steps.Select(step => step.Token));
        Offers.Clear();
    }

    /// <summary>Gives everything back; the search begins anew when it runs again.</summary>
    /// <param name="pool">Where the blocks go.</param>
    /// <param name="isSpoiled">They may hold numbers that are not finite.</param>
    public void Reset(BlockPool pool, bool isSpoiled = false)
    {
        foreach (List<int> table in Tables)
            Return(table, pool, isSpoiled);
        Tables = [];
        NewestTokens.Clear();
        Offers.Clear();
        Search = new BeamSearch(Settings);
    }

    private static void Return(List<int> table, BlockPool pool, bool isSpoiled = false)
    {
        foreach (int block in table)
            pool.Return(block, isSpoiled);
        table.Clear();
    }
}
