using System.Diagnostics.Metrics;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Callers' own code that throws, or does not come back for its tokens: who is harmed, and that nobody else is.</summary>
public sealed class CallbackFaultTests
{
    private static readonly int[] Prompt = [62, 24, 171, 6, 140];

    [Fact]
    public async Task A_trace_that_throws_is_not_called_again_and_harms_no_request()
    {
        int calls = 0, others = 0;
        InvalidOperationException thrown = new("the disk is full");
        void Throwing(StepTrace step)
        {
            if (++calls == 3)
                throw thrown;
        }

        using Engine engine = TinyEngine.Load(change: o => o with { Trace = (Action<StepTrace>)Throwing + (_ => others++) });
        Assert.Null(engine.TraceFault);
        int[] ids = await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 12)).ReadAsync();
        Assert.Equal(12, ids.Length);
        await engine.AssertIdleAsync();
        Assert.Same(thrown, engine.TraceFault);
        Assert.Equal((3, 12), (calls, others));
    }

    [Fact]
    public async Task A_listener_to_the_meter_that_throws_harms_no_request()
    {
        InvalidOperationException thrown = new("no more measurements");
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512 });
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, engine.Meter))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw thrown);
        listener.SetMeasurementEventCallback<int>((_, _, _, _) => throw thrown);
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw thrown);
        listener.Start();
        Assert.Equal(12, (await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 12)).ReadAsync()).Length);
        TokenStream left = engine.Submit(TinyEngine.Ask(Prompt, null, 200));
        left.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(left.ReadAsync);
        await engine.AssertIdleAsync();
        Assert.Same(thrown, engine.TraceFault);
    }

    [Fact]
    public async Task A_cancellation_callback_that_throws_is_the_cancellers_and_the_request_ends()
    {
        using var held = new HeldEngine(o => o with { KvTokens = 512 });
        TokenStream left = await held.HoldAsync(TinyEngine.Ask(Prompt, "flora-r2", 200)), other = held.Engine.Submit(TinyEngine.Ask(Prompt, null, 12));
        using var cancel = new CancellationTokenSource();
        await using CancellationTokenRegistration mine = cancel.Token.Register(() => throw new InvalidOperationException("a callback of somebody"));
        Task<int> reading = CountAsync(left, cancel.Token);
        Assert.Single(Assert.Throws<AggregateException>(cancel.Cancel).InnerExceptions);
        held.Go();

        await Assert.ThrowsAsync<OperationCanceledException>(() => reading);
        Assert.Equal(12, (await other.ReadAsync()).Length);
        await held.Engine.AssertIdleAsync();
    }

    [Fact]
    public async Task A_reader_that_throws_gives_up_its_own_request_only()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512 });
        TokenStream mine = engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 200)), other = engine.Submit(TinyEngine.Ask(Prompt, null, 40));
        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (GeneratedToken token in mine.WithCancellation(TestContext.Current.CancellationToken))
                throw new FormatException($"cannot read {token.Id}");
        });
        Assert.Equal(40, (await other.ReadAsync()).Length);
        await engine.AssertIdleAsync();
        Assert.Null(mine.FinishReason);
    }

    [Fact]
    public async Task A_caller_that_does_not_read_holds_its_tokens_and_nothing_of_the_engine()
    {
        const int MostTokens = 60;
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512, MaxSequences = 4 });
        TokenStream[] unread = [.. Enumerable.Range(0, 8).Select(i => engine.Submit(TinyEngine.Ask(Prompt, i % 2 == 0 ? "flora-r2" : null, MostTokens)))];
        for (int i = 0; i < 4; i++)
            Assert.Equal(12, (await engine.Submit(TinyEngine.Ask(Prompt, "lora-r4", 12)).ReadAsync()).Length);

        // As many as were asked for, whatever the pace of the reader: that is the bound of what waits.
        while (unread.Any(stream => stream.FinishReason is null))
            await engine.ReadOccupancyAsync();
        await engine.AssertIdleAsync();
        foreach (TokenStream stream in unread)
            Assert.Equal(MostTokens, (await stream.ReadAsync()).Length);
    }

    private static async Task<int> CountAsync(TokenStream stream, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (GeneratedToken _ in stream.WithCancellation(cancellationToken))
            count++;
        return count;
    }
}
