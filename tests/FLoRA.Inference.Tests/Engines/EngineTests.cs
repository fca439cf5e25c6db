namespace FLoRA.Inference.Tests.Engines;

public class EngineTests
{
    private static readonly int[] Prompt = [5, 17, 9, 100, 3];

    [Fact]
    public async Task Unknown_adapter_is_refused_at_submission_and_names_the_known_ones()
    {
        using Engine engine = TinyEngine.Load();
        var error = Assert.Throws<AdapterNotFoundException>(() => engine.Submit(TinyEngine.Ask(Prompt, "nobody")));
        Assert.Contains("nobody", error.Message, StringComparison.Ordinal);
        Assert.Contains("flora-r1", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AdapterNotFoundException>(() => engine.ScoreAsync(Prompt, "nobody", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(new int[0], 8, "at least one token")]
    [InlineData(new[] { 1, 263 }, 8, "263")]
    [InlineData(new[] { -1 }, 8, "-1")]
    [InlineData(new[] { 1 }, 0, "max_new_tokens")]
    [InlineData(new[] { 1 }, 256, "256")]
    public void Malformed_requests_are_refused_with_the_numbers(int[] prompt, int newTokens, string expected)
    {
        using Engine engine = TinyEngine.Load();
        var error = Assert.Throws<InvalidRequestException>(() => engine.Submit(TinyEngine.Ask(prompt, null, newTokens)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_refused_with_every_error_listed()
    {
        var error = Assert.Throws<ArgumentException>(() => TinyEngine.Load(change: o => o with { Device = "tpu", DType = "int9", MaxRows = 0, Threads = 0, KvTokens = 3, MaxQueuedRequests = 0, MaxQueuedTokens = -1 }));
        foreach (string expected in new[] { "tpu", "float16 or int8, got 'int9'", "MaxRows", "Threads", "KvTokens", "MaxQueuedRequests (Queue.MaxRequests): expected at least 1", "got -1" })
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_wider_than_the_row_budget_is_refused_when_it_is_registered()
    {
        var error = Assert.Throws<AdapterLoadException>(() => TinyEngine.Load(change: o => o with { MaxRows = 2 }));
        Assert.Contains("--max-rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_limit_a_request_fills_context_or_cache_and_ends_with_length()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 64 });
        TokenStream stream = engine.Submit(TinyEngine.Ask(Prompt, null, null));
        Assert.Equal(64 - Prompt.Length, (await stream.ReadAsync()).Length);
        Assert.Equal(FinishReason.Length, stream.FinishReason);
    }

    [Fact]
    public async Task Stop_tokens_end_the_stream_and_are_not_given_out()
    {
        using Engine engine = TinyEngine.Load();
        int[] free = await engine.Submit(TinyEngine.Ask(Prompt)).ReadAsync();
        TokenStream stopped = engine.Submit(TinyEngine.Ask(Prompt) with { StopTokens = [free[3]] });
        int[] ids = await stopped.ReadAsync();
        Assert.Equal(free.TakeWhile(t => t != free[3]), ids);
        Assert.Equal(FinishReason.Stop, stopped.FinishReason);
    }

    [Fact]
    public async Task Disposing_ends_running_and_waiting_requests_with_a_clear_error()
    {
        Engine engine = TinyEngine.Load(change: o => o with { MaxSequences = 2 });
        TokenStream[] streams = [.. Enumerable.Range(0, 6).Select(_ => engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", null)))];
        engine.Dispose();
        foreach (TokenStream stream in streams)
        {
            if (stream.FinishReason == null)
                Assert.Contains("disposed", (await Assert.ThrowsAsync<ObjectDisposedException>(stream.ReadAsync)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<ObjectDisposedException>(() => engine.Submit(TinyEngine.Ask(Prompt)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.LoadAdapterAsync("x", TinyEngine.Adapter("ia3"), TestContext.Current.CancellationToken));
        engine.Dispose();
    }

    [Fact]
    public async Task Load_unload_load_gives_the_same_tokens_in_one_process()
    {
        int[]? first = null;
        for (int round = 0; round < 3; round++)
        {
            using Engine engine = TinyEngine.Load();
            int[] ids = await engine.Submit(TinyEngine.Ask(Prompt, "hira-r2", 24)).ReadAsync();
            Assert.Equal(first ??= ids, ids);
        }
    }

    [Fact]
    public void Loading_ends_with_what_its_progress_throws()
    {
        int calls = 0;
        Assert.Throws<OperationCanceledException>(() => TinyEngine.Load(change: o => o with
        {
            LoadProgress = _ => throw (calls++ == 0 ? new OperationCanceledException("enough") : new InvalidOperationException("called again")),
        }));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Cancelling_frees_the_cache_within_one_step()
    {
        var traces = new List<StepTrace>();
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 256, Trace = traces.Add });
        TokenStream stream = engine.Submit(TinyEngine.Ask(Prompt, null, null));
        await using (var tokens = stream.GetAsyncEnumerator(TestContext.Current.CancellationToken))
            Assert.True(await tokens.MoveNextAsync());
        await engine.Submit(TinyEngine.Ask(Prompt, null, 1)).ReadAsync();
        Assert.DoesNotContain(traces, t => t.Sequences.Contains(2) && t.Sequences.Contains(1));
        Assert.Equal(256 / 16, traces[^1].FreeBlocks);
        Assert.Null(stream.FinishReason);
    }

    [Fact]
    public async Task Sampling_with_a_seed_repeats_whatever_the_neighbours_do()
    {
        using Engine engine = TinyEngine.Load();
        Request sampled = TinyEngine.Ask(Prompt, "flora-r2", 16) with { Sampling = new() { Temperature = 1, Seed = 42 } };
        int[] alone = await engine.Submit(sampled).ReadAsync();
        TokenStream[] crowd = [.. Enumerable.Range(0, 7).Select(i => engine.Submit(TinyEngine.Ask(Prompt, i % 2 == 0 ? null : "lora-r4", 16) with { Sampling = new() { Temperature = 1, Seed = i } }))];
        Assert.Equal(alone, await engine.Submit(sampled).ReadAsync());
        foreach (TokenStream stream in crowd)
            Assert.Equal(16, (await stream.ReadAsync()).Length);
    }
}
