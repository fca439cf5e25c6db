using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Many callers at once, adapters that come and go, ends of every kind.</summary>
public class StressTests
{
    private static readonly string[] Ends = ["finished", "cancelled", "stopped"];

    [Fact]
    public async Task A_thousand_requests_from_many_threads_each_end_in_exactly_one_way_while_adapters_churn()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512, MaxRows = 48, MaxSequences = 12 });
        string?[] adapters = [null, .. engine.Adapters.Select(a => a.Name), "guest"];
        using var done = new CancellationTokenSource();
        Task churn = ChurnAdaptersAsync(engine, done.Token);

        Task<string>[] callers = [.. Enumerable.Range(0, 1000).Select(n => Task.Run(() => CallAsync(engine, adapters[n % adapters.Length], new Random(n))))];
        string[] ends = await Task.WhenAll(callers);
        await done.CancelAsync();
        await churn;

        Assert.Contains("finished", ends);
        Assert.Contains("cancelled", ends);
        Assert.All(ends, end => Assert.Contains(end, (string[])[.. Ends, "no adapter"]));
        int[] after = await engine.Submit(TinyEngine.Ask([1, 2, 3], "flora-r2")).ReadAsync();
        Assert.Equal(8, after.Length);
    }

    [Fact]
    public async Task Disposing_under_load_ends_every_request_and_registration()
    {
        for (int round = 0; round < 3; round++)
        {
            Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512, MaxSequences = 8 });
            using var started = new CountdownEvent(60);
            Task<string>[] callers = [.. Enumerable.Range(0, 200).Select(n => Task.Run(async () =>
            {
                Task<string> call = CallAsync(engine, n % 3 == 0 ? "flora-r2" : null, new Random(n), mostTokens: 200);
                if (!started.IsSet)
                    Signal(started);
                return await call;
            }))];
            Task<Exception?>[] registrations = [.. Enumerable.Range(0, 20).Select(n => Task.Run(async () =>
                await Record.ExceptionAsync(() => engine.LoadAdapterAsync($"late{n}", TinyEngine.Adapter("lora-r4"), CancellationToken.None))))];
            await engine.UnloadAdapterAsync("flora-r2", CancellationToken.None); // retired while it is pinned
            started.Wait(TestContext.Current.CancellationToken);
            engine.Dispose();

            Assert.All(await Task.WhenAll(callers), end => Assert.Contains(end, (string[])[.. Ends, "no adapter"]));
            Assert.All(await Task.WhenAll(registrations), e => Assert.True(e is null or ObjectDisposedException, e?.ToString()));
            Assert.Equal(0, engine.LiveTensorsAfterDispose);
        }
    }

    [Fact]
    public async Task A_caller_may_change_its_lists_while_the_request_runs()
    {
        using Engine engine = TinyEngine.Load();
        int[] expected = await engine.Submit(Penalised([1, 2, 3, 4])).ReadAsync();
        List<int> prompt = [1, 2, 3, 4];
        TokenStream[] streams = [.. Enumerable.Range(0, 4).Select(_ => engine.Submit(Penalised(prompt)))];
        prompt.Clear();
        prompt.Add(int.MaxValue);
        foreach (TokenStream stream in streams)
            Assert.Equal(expected, await stream.ReadAsync());

        static Request Penalised(IReadOnlyList<int> prompt) => TinyEngine.Ask(prompt, "flora-r2", 12) with { Sampling = new SamplingOptions { RepetitionPenalty = 1.5 } };
    }

    [Fact]
    public void Lists_that_are_null_are_refused()
    {
        using Engine engine = TinyEngine.Load();
        Assert.Throws<InvalidRequestException>(() => engine.Submit(TinyEngine.Ask(null!)));
        Assert.Throws<InvalidRequestException>(() => engine.Submit(TinyEngine.Ask([1]) with { StopTokens = null! }));
        Assert.Throws<InvalidRequestException>(() => engine.Submit(TinyEngine.Ask([1]) with { Sampling = null! }));
        Assert.Throws<InvalidRequestException>(() => engine.Submit(TinyEngine.Ask([1]) with { Sampling = new SamplingOptions { LogitBias = null! } }));
    }

    private static void Signal(CountdownEvent started)
    {
        lock (started)
        {
            if (!started.IsSet)
                started.Signal();
        }
    }

    private static async Task ChurnAdaptersAsync(Engine engine, CancellationToken until)
    {
        for (int round = 0; !until.IsCancellationRequested; round++)
        {
            await engine.LoadAdapterAsync("guest", TinyEngine.Adapter(round % 2 == 0 ? "flora-r2" : "lora-r4"), CancellationToken.None);
            string bad = Directory.EnumerateDirectories(Path.Combine(TinyEngine.Folder(), "bad-adapters")).Order(StringComparer.Ordinal).ElementAt(round % 20);
            await Assert.ThrowsAsync<AdapterLoadException>(() => engine.LoadAdapterAsync("flora-r2", bad));
            if (round % 3 == 0)
                await engine.UnloadAdapterAsync("guest", CancellationToken.None);
        }
    }

    private static async Task<string> CallAsync(Engine engine, string? adapter, Random random, int mostTokens = 12)
    {
        try
        {
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(263))];
            TokenStream stream = engine.Submit(TinyEngine.Ask(prompt, adapter, random.Next(1, mostTokens)) with { Sampling = new SamplingOptions { Temperature = random.Next(2), TopP = 0.9 } });
            using var cancel = new CancellationTokenSource();
            int leaveAfter = random.Next(4) == 0 ? random.Next(6) : int.MaxValue;
            if (leaveAfter == 0)
                stream.Cancel();
            int count = 0;
            await foreach (GeneratedToken _ in stream.WithCancellation(cancel.Token))
            {
                if (++count == leaveAfter)
                    await cancel.CancelAsync();
            }

            return stream.FinishReason == null ? "no end" : "finished";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
        catch (ObjectDisposedException)
        {
            return "stopped";
        }
        catch (AdapterNotFoundException)
        {
            return "no adapter";
        }
    }
}
