using FLoRA.Inference.Execution;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>The bounded queue of a real engine.</summary>
public class QueueTests
{
    private static readonly int[] Prompt = [5, 17, 9, 100, 3];

    [Fact]
    public async Task One_request_more_than_may_wait_is_refused_before_it_takes_anything()
    {
        using var held = new HeldEngine(o => o with { MaxSequences = 1, MaxQueuedRequests = 2 });
        TokenStream running = await held.HoldAsync(TinyEngine.Ask(Prompt, "flora-r1"));
        Assert.Equal((0, 0), held.Engine.Queued); // it runs: it waits no more

        TokenStream[] waiting = [held.Engine.Submit(TinyEngine.Ask(Prompt, "flora-r2")), held.Engine.Submit(TinyEngine.Ask(Prompt))];
        Assert.Equal((2, 2 * Prompt.Length), held.Engine.Queued);
        var refused = Assert.Throws<EngineOverloadedException>(() => held.Engine.Submit(TinyEngine.Ask(Prompt, "flora-r2")));
        Assert.Contains("2 requests wait, at most 2 may", refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<EngineOverloadedException>(() => held.Engine.ScoreAsync(Prompt, "flora-r2", TestContext.Current.CancellationToken));
        Assert.Throws<AdapterNotFoundException>(() => held.Engine.Submit(TinyEngine.Ask(Prompt, "nobody"))); // waiting does not help it
        Task<EngineOccupancy> occupancy = held.Engine.ReadOccupancyAsync();

        held.Go();
        Assert.Equal(2, (await occupancy).AdapterPins);
        foreach (TokenStream stream in (TokenStream[])[running, .. waiting])
            Assert.Equal(8, (await stream.ReadAsync()).Length);
        await AssertIdleAsync(held.Engine);
        Assert.Equal([1, 2, 3], held.Steps.SelectMany(s => s.Step.Sequences).Distinct()); // who was refused has no number
        Assert.Equal(8, (await held.Engine.Submit(TinyEngine.Ask(Prompt, "flora-r2")).ReadAsync()).Length);
    }

    [Fact]
    public async Task Prompt_tokens_that_wait_have_a_bound_and_one_long_request_is_taken_alone()
    {
        using var held = new HeldEngine(o => o with { MaxSequences = 1, MaxQueuedTokens = 12 });
        await held.HoldAsync(TinyEngine.Ask(Prompt));
        int[] text = [.. Enumerable.Range(1, 40)];
        Task<ScoreResult> score = held.Engine.ScoreAsync(text, null, TestContext.Current.CancellationToken);
        Assert.Equal((1, 40), held.Engine.Queued);
        Assert.Contains("40 prompt tokens wait, at most 12", Assert.Throws<EngineOverloadedException>(() => held.Engine.Submit(TinyEngine.Ask([1]))).Message, StringComparison.Ordinal);
        held.Go();
        Assert.Equal(39, (await score).Logprobs.Count);
        await AssertIdleAsync(held.Engine);
    }

    [Fact]
    public async Task Cancelling_a_waiting_request_makes_room()
    {
        using var held = new HeldEngine(o => o with { MaxSequences = 1, MaxQueuedRequests = 1 });
        await held.HoldAsync(TinyEngine.Ask(Prompt, null, 20));
        TokenStream waiting = held.Engine.Submit(TinyEngine.Ask(Prompt, "flora-r1"));
        waiting.Cancel();
        waiting.Cancel();
        held.Go();
        await Assert.ThrowsAsync<OperationCanceledException>(waiting.ReadAsync);
        Assert.Equal((0, 0), held.Engine.Queued); // before anybody hears of the end
        await held.Engine.Submit(TinyEngine.Ask(Prompt)).ReadAsync();
        await AssertIdleAsync(held.Engine);
    }

    [Fact]
    public async Task A_preempted_request_does_not_wait_again()
    {
        using var held = new HeldEngine(o => o with { KvTokens = 64, MaxQueuedRequests = 4 });
        await held.HoldAsync(TinyEngine.Ask(Prompt, null, 50));
        TokenStream[] streams = [.. Enumerable.Range(0, 3).Select(_ => held.Engine.Submit(TinyEngine.Ask(Prompt, "flora-r1", 40)))];
        held.Go();
        foreach (TokenStream stream in streams)
            Assert.Equal(40, (await stream.ReadAsync()).Length);
        await AssertIdleAsync(held.Engine);

        var admitted = new HashSet<long>();
        int preempted = 0;
        foreach ((StepTrace step, (int requests, long tokens)) in held.Steps)
        {
            admitted.UnionWith(step.Sequences);
            preempted += step.Preempted.Count;
            Assert.Equal((4 - admitted.Union([1]).Count(), (4 - admitted.Union([1]).Count()) * Prompt.Length), (requests, tokens));
        }

        Assert.True(preempted > 0, "nobody was preempted");
    }

    [Fact]
    public async Task Disposing_lets_all_out()
    {
        var held = new HeldEngine(o => o with { MaxSequences = 1, MaxQueuedRequests = 3 });
        await held.HoldAsync(TinyEngine.Ask(Prompt, "flora-r1"));
        TokenStream[] waiting = [.. Enumerable.Range(0, 3).Select(_ => held.Engine.Submit(TinyEngine.Ask(Prompt)))];
        held.Dispose();
        Assert.Equal((0, 0), held.Engine.Queued);
        foreach (TokenStream stream in waiting)
            await Assert.ThrowsAsync<ObjectDisposedException>(stream.ReadAsync);
        await Assert.ThrowsAsync<ObjectDisposedException>(held.Engine.ReadOccupancyAsync);
    }

    [Fact]
    public async Task After_any_end_of_every_request_nothing_is_taken_and_never_was_more_queued_than_allowed()
    {
        const int MaxRequests = 4, MaxTokens = 50;
        var most = (Requests: 0, Tokens: 0L);
        Engine? watched = null;
        using Engine engine = TinyEngine.Load(change: o => o with
        {
            KvTokens = 256,
            MaxSequences = 3,
            MaxQueuedRequests = MaxRequests,
            MaxQueuedTokens = MaxTokens,
            Trace = _ =>
            {
                (int requests, long tokens) = Volatile.Read(ref watched)!.Queued;
                most = (Math.Max(most.Requests, requests), Math.Max(most.Tokens, tokens));
            },
        });
        Volatile.Write(ref watched, engine);

        string[] ends = await Task.WhenAll(Enumerable.Range(0, 600).Select(n => Task.Run(() => CallAsync(engine, new Random(n)))));
        await AssertIdleAsync(engine);
        foreach (string end in (string[])["finished", "cancelled", "refused"])
            Assert.Contains(end, ends);
        // Steps that see nobody waiting are a matter of the machine; that some were refused shows that the bound was reached.
        Assert.InRange(most.Requests, 0, MaxRequests);
        Assert.InRange(most.Tokens, 0, MaxTokens);
    }

    private static async Task<string> CallAsync(Engine engine, Random random)
    {
        try
        {
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(263))];
            string? adapter = random.Next(2) == 0 ? "flora-r2" : null;
            using var cancel = new CancellationTokenSource();
            if (random.Next(3) == 0)
            {
                Task<ScoreResult> score = engine.ScoreAsync(prompt, adapter, cancel.Token);
                if (random.Next(2) == 0)
                    await cancel.CancelAsync();
                await score;
                return "finished";
            }

            TokenStream stream = engine.Submit(TinyEngine.Ask(prompt, adapter, random.Next(1, 20)));
            if (random.Next(3) == 0)
                stream.Cancel();
            await stream.ReadAsync();
            return "finished";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
        catch (EngineOverloadedException)
        {
            return "refused";
        }
    }

    private static async Task AssertIdleAsync(Engine engine)
    {
        int blocks = engine.Info.KvTokens / engine.Info.BlockTokens;
        Assert.Equal(new EngineOccupancy(0, 0, blocks, blocks, 0, 0, 0), await engine.ReadOccupancyAsync());
    }
}
