using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Scheduling;

/// <summary>A search is one sequence whose beams have block tables of their own.</summary>
internal sealed partial class Scheduler
{
    /// <summary>Each beam gets a place of its own for its newest token: a new block, or a copy of one that others hold too.</summary>
    private void GrowBeams(Sequence sequence)
    {
        int needed = _options.BlocksFor(sequence.Tokens.Count);
        if (!MakeRoom(sequence, MissingBlocks(sequence.Beams!.Tables, needed)))
            return;
        foreach (List<int> table in sequence.Beams.Tables)
        {
            if (table.Count < needed)
            {
                table.Add(TakeBlock());
            }
            else if (_pool.IsShared(table[^1]))
            {
                int own = TakeBlock();
                _batch.BlockCopies.Add((table[^1], own));
                _pool.Return(table[^1]);
                table[^1] = own;
            }
        }
    }

    /// <summary>
    /// Blocks that the beams, which are equally long, need for their newest tokens: exactly as many, since one that runs alone may hold all others of the pool and would preempt itself for ever.
    /// </summary>
    private static int MissingBlocks(List<List<int>> tables, int needed) =>
        tables[0].Count < needed ? tables.Count : tables.Count - tables.Select(table => table[^1]).Distinct().Count();

    /// <summary>The beams of a sequence take a step; the one before the fork is the prompt's.</summary>
    public void AdvanceBeams(Sequence sequence, IReadOnlyList<BeamStep> steps)
    {
        SequenceBeams beams = sequence.Beams!;
        if (beams.IsForked)
        {
            beams.Advance(steps, beams.Tables, _pool);
        }
        else
        {
            beams.Advance(steps, [new List<int>(sequence.Blocks)], _pool);
            sequence.Blocks.Clear();
        }

        sequence.Append(steps[0].Token); // stands for all of them: they are equally long
    }
}
