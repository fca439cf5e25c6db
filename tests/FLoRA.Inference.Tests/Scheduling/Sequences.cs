using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Short ways to sequences and schedulers for tests.</summary>
internal static class Sequences
{
    public static Sequence Create(long id, int promptTokens, int newTokens, int width = 1, object? adapterPin = null, bool formsPrompt = false)
    {
        int[] prompt = [.. Enumerable.Range(0, promptTokens).Select(i => (int)((id * 31) + i) % 97)];
        return Of(id, prompt, newTokens, width, adapterPin, formsPrompt);
    }

    /// <summary>A request of a scenario.</summary>
    public static Sequence Of(long id, RequestShape shape)
    {
        int[] prompt = [.. Enumerable.Range(0, shape.Prompt).Select(i => i < shape.Shared ? i * 7 % 97 : (int)((id * 31) + i) % 97)];
        PrefixKey? root = shape.Shared is null ? null : PrefixKey.Root(shape.Adapter == 0 ? null : $"{shape.Adapter}");
        return Of(id, prompt, shape.New, shape.Width, shape.Adapter, shape.FormsPrompt, root);
    }

    public static Sequence Of(long id, int[] prompt, int newTokens, int width = 1, object? adapterPin = null, bool formsPrompt = false, PrefixKey? root = null) =>
        new(new Request { PromptTokens = prompt }, new TokenStream(id, prompt.Length, null), width, prompt.Length + newTokens, adapterPin, formsPrompt) { PrefixRoot = root };

    public static Scheduler Scheduler(int maxRows = 16, int maxSequences = 8, int blockCount = 64, int blockTokens = 4) =>
        new(new SchedulerOptions { MaxRows = maxRows, MaxSequences = maxSequences, BlockCount = blockCount, BlockTokens = blockTokens });

    public static Sequence Enqueued(this Scheduler scheduler, long id, int promptTokens, int newTokens, int width = 1)
    {
        Sequence sequence = Create(id, promptTokens, newTokens, width);
        scheduler.Enqueue(sequence);
        return sequence;
    }

    /// <summary>One whole step with a model that always says token 7; sequences end at their limit.</summary>
    public static ScheduledBatch Step(this Scheduler scheduler)
    {
        ScheduledBatch batch = scheduler.Schedule();
        scheduler.Commit();
        foreach (ScheduledTokens entry in batch.Entries)
        {
            if (entry.NeedsLogits)
                scheduler.Prove(entry.Sequence);
            if (entry.NeedsLogits && !entry.Sequence.ScoreOnly)
                entry.Sequence.Append(7);
            if (entry.Sequence.IsComplete)
                scheduler.End(entry.Sequence);
        }
        return batch;
    }

    public static long[] Ids(IEnumerable<Sequence> sequences) => [.. sequences.Select(s => s.Id)];

    public static long[] Ids(IEnumerable<ScheduledTokens> entries) => [.. entries.Select(e => e.Sequence.Id)];
}
