using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public void A_long_prompt_is_prefilled_in_chunks_beside_a_running_decode()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 8);
        scheduler.Enqueued(0, promptTokens: 3, newTokens: 20);
        scheduler.Step();
        Sequence longPrompt = scheduler.Enqueued(1, promptTokens: 40, newTokens: 1);
        int steps = 0;
        while (longPrompt.State != SequenceState.Ended)
        {
            ScheduledBatch batch = scheduler.Step();
            Assert.Equal((1, 1), (batch.DecodeTokens, batch.Entries.Count(e => e.IsDecode)));
            Assert.InRange(batch.Rows, 1, 8);
            steps++;
        }
        Assert.Equal(6, steps); // 7 of 40 per step
    }

    [Fact]
    public void Several_prefills_share_a_step_oldest_first()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 10);
        for (int id = 0; id < 4; id++)
            scheduler.Enqueued(id, promptTokens: 4, newTokens: 2);
        ScheduledBatch batch = scheduler.Schedule();
        Assert.Equal([(0L, 4, true), (1L, 4, true), (2L, 2, false)], batch.Entries.Select(e => (e.Sequence.Id, e.Count, e.NeedsLogits)));
        Assert.Equal([0L, 1L, 2L, 3L], Sequences.Ids(batch.Admitted));
    }

    [Fact]
    public void A_lone_sequence_wider_than_three_quarters_of_the_rows_runs_and_runs_alone()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 8);
        Sequence wide = scheduler.Enqueued(0, promptTokens: 3, newTokens: 2, width: 8);
        scheduler.Enqueued(1, promptTokens: 1, newTokens: 1);
        for (int step = 0; step < 4; step++)
            Assert.Equal([0L], Sequences.Ids(scheduler.Step().Entries));
        Assert.Equal(SequenceState.Ended, wide.State);
        Assert.Equal([1L], Sequences.Ids(scheduler.Step().Entries));
        Assert.False(scheduler.HasWork);
    }

    [Fact]
    public void Running_widths_stay_within_three_quarters_of_the_rows()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 8);
        for (int id = 0; id < 5; id++)
            scheduler.Enqueued(id, promptTokens: 1, newTokens: 9, width: 2);
        scheduler.Schedule();
        Assert.Equal((3, 2), (scheduler.RunningCount, scheduler.WaitingCount));
    }

    [Fact]
    public void MaxSequences_one_serves_one_after_the_other()
    {
        Scheduler scheduler = Sequences.Scheduler(maxSequences: 1);
        for (int id = 0; id < 3; id++)
            scheduler.Enqueued(id, promptTokens: 2, newTokens: 2);
        List<long> served = [];
        while (scheduler.HasWork)
            served.Add(Assert.Single(scheduler.Step().Entries).Sequence.Id);
        Assert.Equal([0, 0, 1, 1, 2, 2], served);
    }

    [Fact]
    public void Sixteen_later_requests_pass_a_head_that_does_not_fit_and_no_more()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 100, maxSequences: 64);
        Sequence running = scheduler.Enqueued(0, promptTokens: 1, newTokens: 50, width: 10);
        scheduler.Step();
        Sequence head = scheduler.Enqueued(1, promptTokens: 1, newTokens: 1, width: 70);
        for (int id = 2; id < 30; id++)
            scheduler.Enqueued(id, promptTokens: 1, newTokens: 50);
        ScheduledBatch batch = scheduler.Step();
        Assert.Equal(Enumerable.Range(2, 16).Select(id => (long)id), Sequences.Ids(batch.Admitted));
        Assert.Equal((16, 12), (head.AdmittedPast, scheduler.WaitingCount - 1));

        // Free room tempts nobody any more.
        scheduler.End(scheduler.Running[^1]);
        Assert.Empty(scheduler.Step().Admitted);
        while (scheduler.RunningCount > 5)
            scheduler.End(scheduler.Running[^1]);
        scheduler.End(running);
        Assert.Equal(1L, scheduler.Step().Admitted[0].Id);
    }

    [Fact]
    public void Ending_the_blocked_head_lets_the_next_in()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 4, maxSequences: 2);
        scheduler.Enqueued(0, promptTokens: 1, newTokens: 9);
        scheduler.Step();
        Sequence head = scheduler.Enqueued(1, promptTokens: 1, newTokens: 9, width: 4);
        head.AdmittedPast = Scheduler.MaxAdmittedPast;
        scheduler.Enqueued(2, promptTokens: 1, newTokens: 9);
        Assert.Empty(scheduler.Step().Admitted);
        scheduler.End(head);
        Assert.Equal([2L], Sequences.Ids(scheduler.Step().Admitted));
    }

    [Fact]
    public void A_lone_request_that_fills_the_pool_is_admitted()
    {
        Scheduler scheduler = Sequences.Scheduler(blockCount: 4, blockTokens: 1);
        Sequence sequence = scheduler.Enqueued(0, promptTokens: 4, newTokens: 1);
        scheduler.Step();
        Assert.Equal(SequenceState.Ended, sequence.State);
    }

    [Fact]
    public void A_newcomer_leaves_a_block_for_each_running_sequence()
    {
        Scheduler scheduler = Sequences.Scheduler(blockCount: 4, blockTokens: 2);
        scheduler.Enqueued(0, promptTokens: 2, newTokens: 3);
        scheduler.Step();
        scheduler.Enqueued(1, promptTokens: 5, newTokens: 1); // 3 blocks + 1 for the running one > 3 free
        Assert.Empty(scheduler.Step().Admitted);
        Assert.Empty(scheduler.Step().Admitted);
        Assert.Equal([1L], Sequences.Ids(scheduler.Step().Admitted));
    }

    [Fact]
    public void The_youngest_is_preempted_keeps_its_tokens_and_comes_back()
    {
        Scheduler scheduler = Sequences.Scheduler(blockCount: 6, blockTokens: 1);
        Sequence old = scheduler.Enqueued(0, promptTokens: 1, newTokens: 5);
        Sequence young = scheduler.Enqueued(1, promptTokens: 1, newTokens: 5);
        scheduler.Step();
        scheduler.Step();
        scheduler.Step(); // three blocks each
        ScheduledBatch batch = scheduler.Schedule();
        Assert.Equal([1L], Sequences.Ids(batch.Preempted));
        Assert.Equal([0L], Sequences.Ids(batch.Entries));
        Assert.Equal((SequenceState.Waiting, 0, 3), (young.State, young.ComputedTokens, young.GeneratedTokens));
        scheduler.Commit();
        old.Append(7);
        while (scheduler.HasWork)
            scheduler.Step();
        Assert.Equal((6, 6), (old.Tokens.Count, young.Tokens.Count));
    }

    [Fact]
    public void The_asking_sequence_is_preempted_when_it_is_the_youngest()
    {
        Scheduler scheduler = Sequences.Scheduler(blockCount: 6, blockTokens: 2);
        scheduler.Enqueued(0, promptTokens: 5, newTokens: 4);
        scheduler.Enqueued(1, promptTokens: 3, newTokens: 5);
        scheduler.Step();                                     // 3 and 2 blocks
        scheduler.Step();                                     // 6 and 4 tokens: still fit
        ScheduledBatch batch = scheduler.Schedule();          // 7 and 5 tokens: 4 and 3 blocks of 6
        Assert.Equal([1L], Sequences.Ids(batch.Preempted));
        Assert.Equal([0L], Sequences.Ids(batch.Entries));
        Assert.Equal(2, scheduler.FreeBlocks);
    }

    [Fact]
    public void A_score_request_is_prefilled_once_and_never_decodes()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 4, blockCount: 3, blockTokens: 3);
        Sequence score = scheduler.Enqueued(0, promptTokens: 9, newTokens: 0);
        int[] counts = [.. Enumerable.Range(0, 3).Select(_ => scheduler.Step().Entries.Single().Count)];
        Assert.Equal([4, 4, 1], counts);
        Assert.Equal(SequenceState.Ended, score.State);
    }

    [Fact]
    public void A_head_without_an_adapter_slot_waits_and_others_pass()
    {
        bool slotFree = false;
        Scheduler scheduler = new(
            new SchedulerOptions { MaxRows = 16, MaxSequences = 8, BlockCount = 8, BlockTokens = 4 },
            sequence => sequence.AdapterPin is null || slotFree);
        scheduler.Enqueue(Sequences.Create(0, promptTokens: 2, newTokens: 2, adapterPin: "sql"));
        scheduler.Enqueue(Sequences.Create(1, promptTokens: 2, newTokens: 2));
        Assert.Equal([1L], Sequences.Ids(scheduler.Step().Admitted));
        slotFree = true;
        Assert.Equal([0L], Sequences.Ids(scheduler.Step().Admitted));
    }

    [Fact]
    public void Misuse_is_refused_before_anything_changes()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 4, blockCount: 4, blockTokens: 2);
        Assert.Contains("--max-rows", Assert.Throws<ArgumentException>(() => scheduler.Enqueued(0, 1, 1, width: 5)).Message, StringComparison.Ordinal);
        Assert.Contains("--kv-tokens", Assert.Throws<ArgumentException>(() => scheduler.Enqueued(0, 5, 5)).Message, StringComparison.Ordinal);
        Sequence sequence = scheduler.Enqueued(3, 2, 2);
        Assert.Throws<ArgumentException>(() => scheduler.Enqueued(3, 1, 1));
        Assert.Throws<InvalidOperationException>(() => scheduler.End(Sequences.Create(4, 1, 1)));
        Assert.Throws<InvalidOperationException>(() => sequence.Append(1));
        scheduler.Schedule();
        Assert.Throws<InvalidOperationException>(() => sequence.Append(1));
        scheduler.Commit();
        Assert.Throws<InvalidOperationException>(() => scheduler.Schedule());
        Assert.Equal(1, scheduler.RunningCount);
    }

    [Fact]
    public void A_sequence_at_its_limit_has_to_be_ended()
    {
        Scheduler scheduler = Sequences.Scheduler();
        Sequence sequence = scheduler.Enqueued(0, promptTokens: 2, newTokens: 1);
        scheduler.Schedule();
        scheduler.Commit();
        sequence.Append(5);
        Assert.True(sequence.IsComplete);
        Assert.Throws<InvalidOperationException>(() => sequence.Append(5));
        Assert.Contains("end it", Assert.Throws<InvalidOperationException>(() => scheduler.Schedule()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_steady_step_allocates_nothing()
    {
        Scheduler scheduler = Sequences.Scheduler(maxRows: 64, maxSequences: 32, blockCount: 32 * 16, blockTokens: 16);
        for (int id = 0; id < 32; id++)
            scheduler.Enqueued(id, promptTokens: 1, newTokens: 200);
        for (int step = 0; step < 140; step++) // past the growth of the lists to 256 tokens
            scheduler.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 50; step++)
            scheduler.Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
