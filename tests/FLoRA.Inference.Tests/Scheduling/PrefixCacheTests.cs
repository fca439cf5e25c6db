using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Blocks shared by equal beginnings, by example. Blocks of four tokens.</summary>
public sealed class PrefixCacheTests
{
    private static readonly int[] System = [.. Enumerable.Range(1, 12)]; // three blocks
    private static readonly PrefixKey Base = PrefixKey.Root(null);

    private readonly Scheduler _scheduler = Scheduler(blockCount: 64);
    private long _lastId;

    [Fact]
    public void A_prompt_that_begins_like_an_earlier_one_is_computed_from_where_they_differ()
    {
        Finish(Ask([.. System, 50, 51]));
        Sequence second = Ask([.. System, 60, 61, 62]);
        ScheduledTokens entry = Assert.Single(_scheduler.Step().Entries);
        Assert.Equal((12, 3, 12), (entry.Start, entry.Count, second.CachedPromptTokens));
        Assert.Equal(12, _scheduler.PrefixHitTokens);
    }

    [Fact]
    public void The_last_prompt_token_is_always_computed()
    {
        Finish(Ask(System));
        Ask(System);
        ScheduledTokens entry = Assert.Single(_scheduler.Step().Entries);
        Assert.Equal((8, 4), (entry.Start, entry.Count));
    }

    [Fact]
    public void Other_tokens_another_adapter_or_another_form_find_nothing()
    {
        Finish(Ask([.. System, 50], newTokens: 4));
        foreach (Sequence other in (Sequence[])[Ask([99, .. System]), Ask([.. System, 50], root: PrefixKey.Root("a")), Ask([.. System, 50], formsPrompt: true), Ask([.. System, 50], root: null)])
        {
            _scheduler.Schedule();
            Assert.Equal(0, other.CachedPromptTokens);
            _scheduler.End(other);
        }
    }

    [Fact]
    public void A_block_of_the_prompts_end_and_the_answers_beginning_is_found_where_both_would_have_one_form()
    {
        // The model of Step says 7: the answer follows the prompt in the next turn's prompt.
        Finish(Ask([.. System, 50], newTokens: 6));
        Finish(Ask([.. System, 50], newTokens: 6, formsPrompt: true));
        int[] turn = [.. System, 50, 7, 7, 7, 7, 7, 80];
        Sequence plain = Ask(turn), formed = Ask(turn, formsPrompt: true);
        _scheduler.Schedule();
        Assert.Equal((16, 12), (plain.CachedPromptTokens, formed.CachedPromptTokens));
    }

    [Fact]
    public void A_scored_text_is_computed_whole_and_leaves_its_blocks_behind()
    {
        Finish(Ask([.. System, 50]));
        Sequence score = Ask([.. System, 51, 52, 53, 54], newTokens: 0);
        Assert.Equal(0, Assert.Single(_scheduler.Step().Entries).Start);
        Assert.Equal(0, score.CachedPromptTokens);
        Ask([.. System, 51, 52, 53, 54, 55]);
        Assert.Equal(16, Assert.Single(_scheduler.Step().Entries).Start);
    }

    [Fact]
    public void Nothing_is_shared_before_finite_numbers_came_of_it()
    {
        Sequence first = Ask([.. System, 50]);
        _scheduler.Schedule();
        _scheduler.Commit();
        Assert.Equal(0, _scheduler.CachedBlocks);
        _scheduler.Prove(first);
        Assert.Equal(3, _scheduler.CachedBlocks);
        _scheduler.End(first);
        Assert.Equal((3, 64), (_scheduler.CachedBlocks, _scheduler.FreeBlocks));
    }

    [Fact]
    public void Numbers_that_are_not_finite_take_every_block_of_the_beginning_out()
    {
        Finish(Ask([.. System, 50, 51, 52, 53, 54])); // goes on from the same blocks
        Sequence sick = Ask([.. System, 60, 61]);
        _scheduler.Schedule();
        int[] blocks = [.. sick.Blocks];
        _scheduler.Commit();
        _scheduler.Spoil(sick);
        _scheduler.End(sick);
        Assert.Equal((0, 64), (_scheduler.CachedBlocks, _scheduler.FreeBlocks));
        Assert.Superset(blocks.ToHashSet(), _scheduler.Schedule().SpoiledBlocks.ToHashSet());
    }

    [Fact]
    public void Requests_that_come_together_compute_their_common_beginning_once()
    {
        Scheduler scheduler = Scheduler(minAwaitedTokens: 8);
        Sequence[] all = [.. Enumerable.Range(0, 5).Select(i => Sequences.Of(i, [.. System, 50 + i, 60 + i], 2, root: Base))];
        foreach (Sequence sequence in all)
            scheduler.Enqueue(sequence);
        ScheduledBatch first = scheduler.Step();
        Assert.Equal(5, first.Admitted.Count);
        Assert.Equal([0L], Sequences.Ids(first.Entries));
        ScheduledBatch second = scheduler.Step();
        Assert.Equal([0L, 1, 2, 3, 4], Sequences.Ids(second.Entries).Order());
        Assert.Equal(8, second.PrefillTokens);
        Assert.All(all[1..], s => Assert.Equal(all[1].Blocks.Take(3), s.Blocks.Take(3)));
    }

    [Fact]
    public void A_short_common_beginning_is_not_waited_for()
    {
        Scheduler scheduler = Scheduler(minAwaitedTokens: 13);
        for (int i = 0; i < 3; i++)
            scheduler.Enqueue(Sequences.Of(i, [.. System, 50 + i], 2, root: Base));
        Assert.Equal(39, scheduler.Step().PrefillTokens);
    }

    [Fact]
    public void Who_computed_the_same_meanwhile_goes_on_with_the_shared_block()
    {
        Scheduler scheduler = Scheduler(minAwaitedTokens: 100);
        Sequence[] twins = [.. Enumerable.Range(0, 2).Select(i => Sequences.Of(i, [.. System, 50], 2, root: Base))];
        foreach (Sequence twin in twins)
            scheduler.Enqueue(twin);
        scheduler.Step();
        Assert.Equal(twins[0].Blocks.Take(3), twins[1].Blocks.Take(3));
        Assert.Equal((3, 64 - 5), (scheduler.CachedBlocks, scheduler.FreeBlocks));
    }

    [Fact]
    public void A_shared_block_takes_no_place_twice()
    {
        Scheduler scheduler = Scheduler(blockCount: 7);
        Sequence first = Sequences.Of(0, [.. System, 50], 3, root: Base), second = Sequences.Of(1, [.. System, 51], 3, root: Base);
        scheduler.Enqueue(first);
        scheduler.Step();
        scheduler.Enqueue(second);
        Assert.Equal([1L], Sequences.Ids(scheduler.Step().Admitted)); // four of its own would not fit beside one for the running sequence
        Assert.Equal(2, scheduler.FreeBlocks);
    }

    [Theory]
    [InlineData(true, 12)] // is there as a whole
    [InlineData(false, 4)] // has lost two blocks of three, the last ones
    public void The_least_recently_used_chain_goes_first_and_from_its_tail(bool asksRecent, int found)
    {
        Scheduler scheduler = Scheduler(blockCount: 8);
        int[] one = [.. Enumerable.Range(20, 12), 1], two = [.. Enumerable.Range(40, 12), 1], third = [.. Enumerable.Range(60, 16)];
        Run(scheduler, 0, one);
        Run(scheduler, 1, two);
        Run(scheduler, 2, one); // used again: the other one is the oldest now
        Run(scheduler, 3, third);
        Assert.Equal(2, scheduler.EvictedBlocks);
        Assert.Equal(found, Run(scheduler, 4, asksRecent ? one : two));
    }

    [Fact]
    public void A_preempted_sequence_takes_its_own_blocks_again()
    {
        Scheduler scheduler = Scheduler(blockCount: 9);
        Sequence old = Sequences.Of(0, [.. Enumerable.Range(20, 14)], 8, root: Base), young = Sequences.Of(1, [.. Enumerable.Range(40, 14)], 8, root: Base);
        scheduler.Enqueue(old);
        scheduler.Enqueue(young);
        while (!scheduler.Step().Preempted.Contains(young))
            Assert.Equal(SequenceState.Running, old.State);
        long before = scheduler.PrefixHitTokens;
        ScheduledBatch batch = scheduler.Step();
        while (!batch.Admitted.Contains(young))
            batch = scheduler.Step();
        Assert.True(scheduler.PrefixHitTokens > before, "its blocks were still there");
        Assert.Equal(0, young.CachedPromptTokens);
    }

    [Fact]
    public void Switched_off_nothing_is_kept()
    {
        Scheduler scheduler = new(new SchedulerOptions { MaxRows = 64, MaxSequences = 8, BlockCount = 16, BlockTokens = 4, PrefixCache = false });
        Run(scheduler, 0, [.. System, 50]);
        Assert.Equal((0, 0), (scheduler.CachedBlocks, Run(scheduler, 1, [.. System, 50])));
    }

    private static Scheduler Scheduler(int blockCount = 64, int minAwaitedTokens = 64) =>
        new(new SchedulerOptions { MaxRows = 64, MaxSequences = 8, BlockCount = blockCount, BlockTokens = 4, MinAwaitedTokens = minAwaitedTokens });

    /// <summary>Runs a request to its end; gives the tokens that it found.</summary>
    private static int Run(Scheduler scheduler, long id, int[] prompt)
    {
        Sequence sequence = Sequences.Of(id, prompt, 1, root: Base);
        scheduler.Enqueue(sequence);
        scheduler.Step();
        Assert.Equal(SequenceState.Ended, sequence.State);
        return sequence.CachedPromptTokens;
    }

    private Sequence Ask(int[] prompt, int newTokens = 1, bool formsPrompt = false) => Ask(prompt, Base, newTokens, formsPrompt);

    private Sequence Ask(int[] prompt, PrefixKey? root, int newTokens = 1, bool formsPrompt = false)
    {
        Sequence sequence = Sequences.Of(++_lastId, prompt, newTokens, width: formsPrompt ? 2 : 1, formsPrompt: formsPrompt, root: root);
        _scheduler.Enqueue(sequence);
        return sequence;
    }

    private void Finish(Sequence sequence)
    {
        while (sequence.State != SequenceState.Ended)
            _scheduler.Step();
    }
}
