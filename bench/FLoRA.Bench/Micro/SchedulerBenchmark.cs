using BenchmarkDotNet.Attributes;
using FLoRA.Inference;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Bench.Micro;

/// <summary>A decoding step of the scheduler: choose, commit, a token each. Sequences begin anew where they end.</summary>
public class SchedulerBenchmark
{
    private const int PromptTokens = 16, MaxTokens = 272, BlockTokens = 16;

    private readonly List<Sequence> _ended = [];
    private Scheduler? _scheduler;
    private long _lastId;

    [Params(8, 64)]
    public int Sequences { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _scheduler = new Scheduler(new SchedulerOptions { MaxRows = 256, MaxSequences = Sequences, BlockCount = Sequences * MaxTokens / BlockTokens, BlockTokens = BlockTokens });
        for (int i = 0; i < Sequences; i++)
            _scheduler.Enqueue(NewSequence());
    }

    [Benchmark(Baseline = true)]
    public int Step()
    {
        ScheduledBatch batch = _scheduler!.Schedule();
        _scheduler.Commit();
        foreach (ScheduledTokens entry in batch.Entries)
        {
            if (!entry.NeedsLogits)
                continue;
            entry.Sequence.Append(1);
            if (entry.Sequence.IsComplete)
                _ended.Add(entry.Sequence);
        }

        foreach (Sequence sequence in _ended)
        {
            _scheduler.End(sequence);
            _scheduler.Enqueue(NewSequence());
        }

        _ended.Clear();
        return batch.Rows;
    }

    private Sequence NewSequence() => new(
        new Request { PromptTokens = new int[PromptTokens] }, new TokenStream(++_lastId, PromptTokens, cancel: null), width: 1, MaxTokens);
}
