using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>A search is one sequence with a block table per beam.</summary>
public sealed class SchedulerBeamTests
{
    [Fact]
    public void Beams_share_the_prompt_and_copy_its_last_block_when_they_write_to_it()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 64);
        Sequence search = Enqueued(scheduler, 0, promptTokens: 6, newTokens: 10, beams: 3);
        Step(scheduler);
        Assert.Equal(62, scheduler.FreeBlocks);
        Assert.All(search.Beams!.Tables, table => Assert.Equal(search.Beams.Tables[0], table));

        ScheduledBatch batch = scheduler.Schedule();
        Assert.Equal(60, scheduler.FreeBlocks); // the first two take a copy, the block stays with the third
        Assert.Equal([search.Beams.Tables[2][1], search.Beams.Tables[2][1]], batch.BlockCopies.Select(copy => copy.From));
        Assert.Equal([search.Beams.Tables[0][1], search.Beams.Tables[1][1]], batch.BlockCopies.Select(copy => copy.To));
        Assert.Equal(3, batch.Rows);
        Assert.True(scheduler.End(search));
        Assert.Equal(64, scheduler.FreeBlocks);
    }

    /// <summary>It asked for a block per beam in every step, which one that holds the whole pool can never have.</summary>
    [Fact]
    public void A_search_that_fills_the_pool_does_not_preempt_itself()
    {
        Scheduler scheduler = Sequences.Scheduler(blockCount: 4);
        Sequence search = Enqueued(scheduler, 0, promptTokens: 3, newTokens: 6, beams: 2);
        for (int step = 0; step < 6; step++)
        {
            ScheduledBatch batch = Step(scheduler);
            Assert.Empty(batch.Preempted);
            Assert.Single(batch.Entries);
        }

        Assert.Equal(SequenceState.Ended, search.State);
        Assert.Equal(4, scheduler.FreeBlocks);
    }

    [Fact]
    public void The_youngest_search_is_preempted_loses_its_beams_and_begins_anew()
    {
        Scheduler scheduler = Sequences.Scheduler(blockCount: 6);
        Sequence old = Enqueued(scheduler, 0, promptTokens: 3, newTokens: 6, beams: 2);
        Sequence young = Enqueued(scheduler, 1, promptTokens: 3, newTokens: 6, beams: 2);
        for (int step = 0; !Step(scheduler).Preempted.Contains(young); step++)
            Assert.InRange(step, 0, 10);
        Assert.Equal((SequenceState.Running, 3, 0, 1, false), (old.State, young.Tokens.Count, young.ComputedTokens, young.Beams!.Search.Count, young.Beams.IsForked));
        Assert.Equal(6 - old.Beams!.Tables.SelectMany(table => table).Distinct().Count(), scheduler.FreeBlocks);
        while (scheduler.HasWork)
            Step(scheduler);
        Assert.Equal((SequenceState.Ended, SequenceState.Ended, 6), (old.State, young.State, scheduler.FreeBlocks));
    }

    [Fact]
    public void A_search_that_can_never_fit_is_refused()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 16, blockCount: 4);
        Assert.Contains("17 rows per token; a step has 16", Assert.Throws<ArgumentException>(() => Enqueued(scheduler, 0, promptTokens: 1, newTokens: 1, beams: 17)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Enqueued(scheduler, 0, promptTokens: 3, newTokens: 7, beams: 2));
        Assert.False(scheduler.HasWork);
    }

    private static Sequence Enqueued(Scheduler scheduler, long id, int promptTokens, int newTokens, int beams)
    {
        Request request = new() { PromptTokens = [.. Enumerable.Range(0, promptTokens)], Beams = new BeamSettings(beams, beams, null, EndToken: -1) };
        Sequence sequence = new(request, new TokenStream(id, promptTokens, null), width: 1, promptTokens + newTokens);
        scheduler.Enqueue(sequence);
        return sequence;
    }

    /// <summary>One whole step; every beam goes on by itself and none ends.</summary>
    private static ScheduledBatch Step(Scheduler scheduler)
    {
        ScheduledBatch batch = scheduler.Schedule();
        scheduler.Commit();
        foreach (Sequence sequence in batch.Entries.Where(entry => entry.NeedsLogits).Select(entry => entry.Sequence))
        {
            SequenceBeams beams = sequence.Beams!;
            int count = Math.Max(1, beams.Tables.Count);
            scheduler.AdvanceBeams(sequence, beams.IsForked
                ? [.. Enumerable.Range(0, count).Select(beam => new BeamStep(beam, beam))]
                : [.. Enumerable.Range(0, beams.Settings.Width).Select(beam => new BeamStep(0, beam))]);
            if (sequence.IsComplete)
                scheduler.End(sequence);
        }

        return batch;
    }
}
