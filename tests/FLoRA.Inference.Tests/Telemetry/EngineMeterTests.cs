using FLoRA.Inference.Execution;
using FLoRA.Inference.Scheduling;
using FLoRA.Inference.Telemetry;
using FLoRA.Inference.Tests.Engines;

namespace FLoRA.Inference.Tests.Telemetry;

/// <summary>What the meter "FLoRA" says of an engine.</summary>
public class EngineMeterTests
{
    private static readonly int[] Prompt = [5, 6, 7];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A step's measurements are complete when the engine thread has come to the next thing.</summary>
    private static async Task<Engine> SettledAsync(Engine engine)
    {
        await engine.ReadCountersAsync();
        return engine;
    }

    [Fact]
    public async Task Steps_tell_rows_sequences_tokens_and_time()
    {
        using Engine engine = TinyEngine.Load();
        using var measured = new Measured(engine.Meter!);
        await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", newTokens: 4)).ReadAsync();
        await SettledAsync(engine);
        Assert.Equal(4, measured.Of("flora.step.duration").Length);
        Assert.Equal([6, 2, 2, 2], measured.Of("flora.step.rows"));
        Assert.Equal([1, 1, 1, 1], measured.Of("flora.step.sequences"));
        Assert.Equal(3, measured.Of("flora.step.tokens", "flora.phase=prefill").Sum());
        Assert.Equal(3, measured.Of("flora.step.tokens", "flora.phase=decode").Sum());
        Assert.All(measured.TagsOf("flora.step.rows"), tags => Assert.Equal($"[flora.model={engine.Model.Id}]", tags));
    }

    [Fact]
    public async Task Every_request_counts_once_by_how_it_ended_and_its_adapter()
    {
        bool fails = false;
        using Engine engine = TinyEngine.Load(change: o => o with { LostAfterFailedSteps = null, DecorateForward = forward => new FailingForward(forward, _ => Volatile.Read(ref fails)) });
        using var measured = new Measured(engine.Meter!);
        await engine.Submit(TinyEngine.Ask(Prompt, "ia3")).ReadAsync();
        await engine.Submit(TinyEngine.Ask(Prompt)).ReadAsync();
        await engine.ScoreAsync(Prompt, null, Cancel);
        using (engine.HoldSteps())
            engine.Submit(TinyEngine.Ask(Prompt)).Cancel();
        await SettledAsync(engine);
        Volatile.Write(ref fails, true);
        await Assert.ThrowsAsync<EngineFaultException>(engine.Submit(TinyEngine.Ask(Prompt, "ia3")).ReadAsync);
        await SettledAsync(engine);
        Assert.Equal([1], measured.Of("flora.requests", "flora.outcome=length", "flora.adapter.id=ia3"));
        Assert.Equal([1, 1], measured.Of("flora.requests", "flora.outcome=length", "flora.adapter.id=(base)"));
        Assert.Equal([1], measured.Of("flora.requests", "flora.outcome=cancelled"));
        Assert.Equal([1], measured.Of("flora.requests", "flora.outcome=fault", "flora.adapter.id=ia3"));
        Assert.Equal(5, measured.Of("flora.requests").Sum());
        Assert.Equal(4, measured.Of("flora.queue.wait").Length); // the cancelled one was never admitted
    }

    [Fact]
    public async Task Cache_blocks_and_queue_are_observed_while_requests_run_and_when_all_is_idle()
    {
        using var held = new HeldEngine(o => o with { MaxSequences = 1 });
        using var measured = new Measured(held.Engine.Meter!);
        int blocks = held.Engine.Info.KvTokens / held.Engine.Info.BlockTokens;
        TokenStream first = await held.HoldAsync(TinyEngine.Ask(Prompt));
        TokenStream second = held.Engine.Submit(TinyEngine.Ask(Prompt));
        measured.Observe();
        Assert.Equal([1], measured.Of("flora.queue.requests"));
        Assert.Equal([3], measured.Of("flora.queue.tokens"));
        held.Go();
        await first.ReadAsync();
        await second.ReadAsync();
        await SettledAsync(held.Engine);
        measured.Observe();
        Assert.Equal(blocks, measured.Of("flora.cache.blocks", "flora.state=free")[^1]);
        Assert.Equal(0, measured.Of("flora.cache.blocks", "flora.state=used")[^1]);
        Assert.Equal(0, measured.Of("flora.queue.requests")[^1]);
    }

    [Fact]
    public async Task Prompt_tokens_that_were_found_in_the_cache_are_observed()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { BlockTokens = 4 });
        using var measured = new Measured(engine.Meter!);
        int[] prompt = [.. Enumerable.Range(5, 11)];
        await engine.Submit(TinyEngine.Ask(prompt)).ReadAsync();
        await engine.Submit(TinyEngine.Ask(prompt)).ReadAsync();
        await SettledAsync(engine);
        measured.Observe();
        Assert.Equal([(await engine.ReadCountersAsync()).PrefixHitTokens], measured.Of("flora.prefix.hit_tokens"));
        Assert.Equal([8], measured.Of("flora.prefix.hit_tokens"));
        Assert.True(Assert.Single(measured.Of("flora.prefix.blocks")) > 0);
    }

    [Fact]
    public async Task Adapters_are_observed_by_where_they_are_and_admissions_by_whether_they_found_them()
    {
        using Engine engine = TinyEngine.Load();
        using var measured = new Measured(engine.Meter!);
        await engine.Submit(TinyEngine.Ask(Prompt, "ia3")).ReadAsync();
        await engine.Submit(TinyEngine.Ask(Prompt, "ia3")).ReadAsync();
        await SettledAsync(engine);
        measured.Observe();
        AdapterStoreInfo store = engine.AdapterStore;
        Assert.Equal([store.Registered], measured.Of("flora.adapters", "flora.state=registered"));
        Assert.Equal([store.Resident], measured.Of("flora.adapters", "flora.state=resident"));
        Assert.Equal([store.ResidentBytes], measured.Of("flora.adapter.bytes", "flora.state=resident"));
        Assert.Equal([store.Hits], measured.Of("flora.adapter.hits"));
        Assert.Equal([store.Evictions], measured.Of("flora.adapter.evictions"));
        Assert.True(store.Hits >= 1);
    }

    [Fact]
    public async Task Loading_an_adapter_is_measured_and_a_disposed_engine_is_silent()
    {
        Engine engine = TinyEngine.Load();
        using var measured = new Measured(engine.Meter!);
        await engine.LoadAdapterAsync("late", TinyEngine.Adapter("ia3"), Cancel);
        Assert.True(Assert.Single(measured.Of("flora.adapter.load.duration")) > 0);
        engine.Dispose();
        measured.Observe();
        Assert.Empty(measured.Of("flora.cache.blocks"));
    }

    [Fact]
    public void Adapters_beyond_the_bound_share_a_series()
    {
        var tags = new AdapterTags(2);
        Assert.Equal("(base)", tags.Of(null).Value);
        Assert.Equal(["a", "b", "(other)", "a", "(other)"], ((string[])["a", "b", "c", "a", "d"]).Select(name => tags.Of(name).Value));
    }

    [Fact]
    public void Where_nobody_listens_a_step_allocates_nothing()
    {
        using var meter = new EngineMeter("m", 8, new QueueGate(null, null, TimeProvider.System));
        var batch = new ScheduledBatch();
        var sequence = new Sequence(new Request { PromptTokens = Prompt }, new TokenStream(1, Prompt.Length, null), 1, 8);
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step()
        {
            meter.Admitted(sequence);
            meter.Scheduled(batch);
            meter.StepDone(TimeSpan.FromMilliseconds(1), 4, new EngineCounters(1, 1, 1, 1, 0, 1));
            meter.Ended(sequence, RequestOutcome.Stop);
        }
    }
}
