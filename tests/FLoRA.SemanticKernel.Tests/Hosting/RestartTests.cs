using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>An engine whose device is lost is loaded anew in the background; callers are told when to come back.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly EngineFaultException Fault = new("injected fault") { IsDeviceFault = true };

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLoggerProvider _log = new();
    private EchoKernel? _flora;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private EchoLoader Loader => _flora!.Loader;

    private EngineHost Host => _flora!.Kernel.Services.GetRequiredService<FloraChatClient>().Pipeline.Runtime.Host;

    public void Dispose() => _flora?.Dispose();

    /// <summary>A service with a loaded engine.</summary>
    private async Task BuildAsync(Action<FloraOptions>? configure = null)
    {
        _flora = new EchoKernel(configure, before: services => services.AddSingleton<TimeProvider>(_time).AddLogging(logging => logging.AddProvider(_log)));
        (await AskAsync()).ShouldBe("base|x");
    }

    private async Task<string> AskAsync(string prompt = "x", string? adapter = null) =>
        (await _flora!.Client.GetResponseAsync(prompt, new ChatOptions { AdditionalProperties = new() { [FloraKeys.AdapterId] = adapter } }, Cancel)).Text;

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancel.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task ServesAgainAsync(int restarts = 1) => UntilAsync(() => Host.Status is { State: EngineState.Ready } status && status.Restarts == restarts);

    [Fact]
    public async Task What_runs_fails_what_waits_is_answered_by_the_engine_that_comes_after()
    {
        await BuildAsync();
        await using IAsyncEnumerator<ChatResponseUpdate> running = _flora!.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await running.MoveNextAsync()).ShouldBeTrue();
        Task<string> waiting = AskAsync(EchoEngine.Silent, "lua-flora-r4");
        EchoEngine first = Loader.Engine;
        await UntilAsync(() => first.Held == 2);

        first.Lose(Fault);
        (await Should.ThrowAsync<EngineFaultException>(async () => await running.MoveNextAsync())).ShouldBeSameAs(Fault);
        await ServesAgainAsync();
        first.Disposed.ShouldBe(1);
        while (Loader.Engines[1].Held == 0)
        {
            _time.Advance(TimeSpan.FromSeconds(1)); // the retry's wait
            await Task.Yield();
        }

        Loader.Engines[1].Release();
        (await waiting).ShouldBe($"lua-flora-r4|{EchoEngine.Silent}");
        _log.At(LogLevel.Error).ShouldContain(m => m.Contains("tinycoder is lost"));
        _log.Messages.ShouldContain(m => m.Contains("tinycoder serves again, by attempt 1"));
    }

    [Fact]
    public async Task The_new_engine_has_the_adapters_that_the_lost_one_had()
    {
        await BuildAsync();
        Loader.Engine.Lose(Fault);
        await ServesAgainAsync();
        EngineOptions again = Loader.Options[1];
        again.Adapters.Keys.Order().ShouldBe(EchoLoader.AdapterNames.Order());
        again.AdapterFolders.ShouldBeEmpty();
        again.Model.ShouldBe(Loader.Options[0].Model);
        (await AskAsync("x", "rs-flora-r4")).ShouldBe("rs-flora-r4|x");
    }

    [Fact]
    public async Task While_it_is_down_callers_are_told_when_to_come_back_and_the_attempts_are_further_and_further_apart()
    {
        await BuildAsync(o => o.Resilience.Retry.MaxAttempts = 0);
        Loader.OnLoad = (load, _) =>
        {
            if (load <= 3)
                throw new ModelLoadException("m", $"no memory in load {load}");
        };
        Loader.Engine.Lose(Fault);
        foreach ((int failed, double wait) in new[] { (1, 1.0), (2, 2.0), (3, 4.0) })
        {
            await UntilAsync(() => Host.Status.Error is ModelLoadException e && e.Message.Contains($"load {failed}"));
            EngineUnavailableException refused = await Should.ThrowAsync<EngineUnavailableException>(() => AskAsync());
            refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(wait));
            refused.Message.ShouldContain($"attempt {failed + 1}");
            refused.Message.ShouldContain("injected fault");
            _time.Advance(TimeSpan.FromSeconds(wait));
        }

        await ServesAgainAsync();
        (await AskAsync()).ShouldBe("base|x");
        Loader.Attempts.ShouldBe(4);
        _log.At(LogLevel.Warning).Count(m => m.Contains("of 5 to restart")).ShouldBe(3);
    }

    [Fact]
    public async Task A_loading_time_that_is_known_counts_for_when_to_come_back()
    {
        await BuildAsync(o => o.Resilience.Retry.MaxAttempts = 0);
        using var go = new ManualResetEventSlim();
        bool slow = false;
        Loader.OnLoad = (_, _) =>
        {
            if (slow)
                go.Wait(Cancel);
            else
                _time.Advance(TimeSpan.FromSeconds(30));
            slow = true;
        };
        Loader.Engine.Lose(Fault);
        await ServesAgainAsync(); // and took half a minute
        Loader.Engines[1].Lose(Fault);
        try
        {
            await UntilAsync(() => Loader.Attempts == 3 || Host.Status.State == EngineState.Restarting);
            (await Should.ThrowAsync<EngineUnavailableException>(() => AskAsync())).RetryAfter.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
        }
        finally
        {
            go.Set();
        }
    }

    [Fact]
    public async Task After_the_last_attempt_it_stays_lost_and_says_so()
    {
        await BuildAsync(o => o.Restart.MaxAttempts = 2);
        Loader.OnLoad = (_, _) => throw new ModelLoadException("m", "no memory");
        Loader.Engine.Lose(Fault);
        await UntilAsync(() => Host.Status.Error is ModelLoadException);
        _time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => Host.Status.State == EngineState.Lost);
        EngineUnavailableException refused = await Should.ThrowAsync<EngineUnavailableException>(() => AskAsync());
        refused.RetryAfter.ShouldBeNull();
        refused.Message.ShouldContain("no memory");
        _time.Advance(TimeSpan.FromDays(1));
        Loader.Attempts.ShouldBe(2);
        await UntilAsync(() => _log.At(LogLevel.Critical).Count == 1);
    }

    [Fact]
    public async Task With_no_attempts_a_lost_engine_is_not_restarted()
    {
        await BuildAsync(o => o.Restart.MaxAttempts = 0);
        Loader.Engine.Lose(Fault);
        (await Should.ThrowAsync<EngineUnavailableException>(() => AskAsync())).RetryAfter.ShouldBeNull();
        await UntilAsync(() => Loader.Engine.Disposed == 1);
        Loader.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task An_engine_that_is_lost_again_soon_has_no_more_attempts_than_were_left()
    {
        await BuildAsync(o => (o.Restart.MaxAttempts, o.Restart.Delay, o.Restart.MaxDelay) = (2, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
        Loader.Engines[0].Lose(Fault);
        await ServesAgainAsync();
        Loader.Engines[1].Lose(Fault);
        await UntilAsync(() => Host.Status.State == EngineState.Restarting);
        _time.Advance(TimeSpan.FromSeconds(1)); // the second of two
        await ServesAgainAsync(2);
        _time.Advance(TimeSpan.FromSeconds(60)); // it has proved itself
        Loader.Engines[2].Lose(Fault);
        await ServesAgainAsync(3);
        Loader.Engines[3].Lose(Fault);
        await UntilAsync(() => Host.Status.State == EngineState.Restarting);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ServesAgainAsync(4);
        Loader.Engines[4].Lose(Fault);
        await UntilAsync(() => Host.Status.State == EngineState.Lost);
    }

    [Fact]
    public async Task Attempts_are_counted_by_how_they_ended()
    {
        await BuildAsync(o => o.Restart.Delay = TimeSpan.Zero);
        var counted = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "flora.engine.restarts")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Add($"{tags[0].Value} {tags[1].Value} {value}"));
        listener.Start();
        Loader.OnLoad = (load, _) =>
        {
            if (load == 1)
                throw new ModelLoadException("m", "no memory");
        };
        Loader.Engine.Lose(Fault);
        await UntilAsync(() => counted.Count == 2);
        counted.Order().ShouldBe(["tinycoder failed 1", "tinycoder ok 1"]);
    }

    [Fact]
    public async Task An_adapter_whose_folder_has_gone_bad_is_left_out_and_the_others_serve()
    {
        await BuildAsync();
        string bad = Path.Combine(TestModel.Adapters, "rs-flora-r4");
        Loader.OnLoad = (_, options) =>
        {
            if (options.Adapters.Values.Contains(bad))
                throw new AdapterLoadException(bad, ["the file is gone"]);
        };
        Loader.Engine.Lose(Fault);
        await ServesAgainAsync();
        Loader.Options[1].Adapters.Keys.Order().ShouldBe(["lua-flora-r4", "sh-flora-r4"]);
        Host.Status.Restarts.ShouldBe(1);
        _log.At(LogLevel.Error).ShouldContain(m => m.Contains("left out") && m.Contains(bad));
    }

    [Fact]
    public async Task A_circuit_that_faults_in_mid_stream_opened_is_closed_by_the_restart()
    {
        await BuildAsync();
        await using IAsyncEnumerator<ChatResponseUpdate> running = _flora!.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await running.MoveNextAsync()).ShouldBeTrue();
        Loader.Engine.Fail(Fault); // a step that failed: no loss yet
        await Should.ThrowAsync<EngineFaultException>(async () => await running.MoveNextAsync());
        await Should.ThrowAsync<BrokenCircuitException>(() => AskAsync());
        Loader.Engine.Lose(Fault);
        await ServesAgainAsync();
        await UntilAsync(() => _flora.Kernel.Services.GetRequiredService<FloraChatClient>().Pipeline.Runtime.Circuit == CircuitState.Closed);
        (await AskAsync()).ShouldBe("base|x");
    }

    [Fact]
    public async Task A_circuit_that_was_opened_by_hand_stays_open()
    {
        var control = new CircuitBreakerManualControl();
        await BuildAsync(o => o.Resilience.BreakerControl = control);
        await control.IsolateAsync(Cancel);
        Loader.Engine.Lose(Fault);
        await ServesAgainAsync();
        await Should.ThrowAsync<IsolatedCircuitException>(() => AskAsync());
        await control.CloseAsync(Cancel);
        (await AskAsync()).ShouldBe("base|x");
    }

    [Fact]
    public async Task A_fault_that_is_read_after_the_restart_does_not_open_the_circuit()
    {
        await BuildAsync();
        await using IAsyncEnumerator<ChatResponseUpdate> slow = _flora!.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await slow.MoveNextAsync()).ShouldBeTrue();
        int recoveries = 0;
        Host.Restarted += () => Interlocked.Increment(ref recoveries);
        Loader.Engine.Lose(Fault);
        await UntilAsync(() => Volatile.Read(ref recoveries) == 1);
        await Should.ThrowAsync<EngineFaultException>(async () => await slow.MoveNextAsync());
        (await AskAsync()).ShouldBe("base|x");
    }

    [Fact]
    public async Task Disposing_ends_the_waiting_for_the_next_attempt()
    {
        await BuildAsync();
        Loader.OnLoad = (_, _) => throw new ModelLoadException("m", "no memory");
        Loader.Engine.Lose(Fault);
        await UntilAsync(() => Host.Status.Error is ModelLoadException);
        _flora!.Dispose();
        _time.Advance(TimeSpan.FromDays(1));
        Loader.Attempts.ShouldBe(1);
        Loader.Engine.Disposed.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_engine_that_comes_back_while_the_container_is_disposed_is_disposed_too()
    {
        await BuildAsync();
        using var go = new ManualResetEventSlim();
        Loader.OnLoad = (_, _) => go.Wait(Cancel);
        Loader.Engine.Lose(Fault);
        await UntilAsync(() => Loader.Attempts == 1);
        Task disposing = Task.Run(_flora!.Dispose, Cancel);
        go.Set();
        await disposing;
        Loader.Engines.Count.ShouldBe(2);
        Loader.Engines.ShouldAllBe(engine => engine.Disposed > 0);
    }
}
