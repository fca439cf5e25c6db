using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.SemanticKernel;
using Polly;
using Polly.CircuitBreaker;
using Polly.Registry;
using Polly.Retry;
using Polly.Timeout;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The resilience of a service as a program meets it: through prompt functions and chat clients of a real kernel.</summary>
public class KernelResilienceTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static EngineFaultException DeviceFault => new("the device is lost") { IsDeviceFault = true };

    private static EngineOverloadedException Overload => new("the queue is full", TimeSpan.Zero);

    private EchoKernel Build(Action<FloraOptions>? configure = null, string? serviceId = null, Action<IServiceCollection>? before = null) => new(configure, serviceId, services =>
    {
        services.AddSingleton<TimeProvider>(_time);
        before?.Invoke(services);
    });

    /// <summary>Asks once, so that the engine is there.</summary>
    private static async Task<EchoEngine> LoadedAsync(EchoKernel flora)
    {
        (await flora.Client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe("base|x");
        return flora.Loader.Engine;
    }

    private static Task<string?> AskAsync(EchoKernel flora) => flora.Kernel.InvokePromptAsync<string>("x", cancellationToken: Cancel);

    [Fact]
    public async Task Overload_before_the_first_token_is_tried_again()
    {
        using EchoKernel flora = Build();
        EchoEngine engine = await LoadedAsync(flora);
        for (int i = 0; i < 3; i++)
            engine.Refusals.Enqueue(Overload);
        (await AskAsync(flora)).ShouldBe("base|x");
        engine.Refusals.ShouldBeEmpty();
        for (int i = 0; i < 4; i++)
            engine.Refusals.Enqueue(Overload);
        await Should.ThrowAsync<EngineOverloadedException>(() => AskAsync(flora));
        engine.Refusals.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_timeout_is_for_the_first_token_alone()
    {
        using EchoKernel flora = Build(o => o.Resilience.FirstTokenTimeout = TimeSpan.FromSeconds(10));
        EchoEngine engine = await LoadedAsync(flora);
        await using IAsyncEnumerator<ChatResponseUpdate> streaming = flora.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await streaming.MoveNextAsync()).ShouldBeTrue();
        Task<ChatResponse> waiting = flora.Client.GetResponseAsync(EchoEngine.Silent, cancellationToken: Cancel);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Should.ThrowAsync<TimeoutRejectedException>(() => waiting);
        engine.Cancelled.ShouldBe(1);
        engine.Release();
        string text = streaming.Current.Text;
        while (await streaming.MoveNextAsync())
            text += streaming.Current.Text;
        text.ShouldBe($"base|{EchoEngine.Hang}");
    }

    [Fact]
    public async Task A_device_fault_in_mid_stream_stops_calls_of_this_service_until_the_break_is_over()
    {
        using EchoKernel flora = Build();
        EchoEngine engine = await LoadedAsync(flora);
        await using IAsyncEnumerator<ChatResponseUpdate> streaming = flora.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await streaming.MoveNextAsync()).ShouldBeTrue();
        engine.Fail(DeviceFault);
        await Should.ThrowAsync<EngineFaultException>(async () => await streaming.MoveNextAsync());
        int requests = engine.Requests.Count;
        (await Should.ThrowAsync<BrokenCircuitException>(() => AskAsync(flora))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(15));
        engine.Requests.Count.ShouldBe(requests);
        _time.Advance(TimeSpan.FromSeconds(15));
        (await AskAsync(flora)).ShouldBe("base|x");
    }

    [Fact]
    public async Task Device_faults_before_the_first_token_open_the_circuit()
    {
        using EchoKernel flora = Build(o => o.Resilience.CircuitBreaker.FailureRatio = 0.1);
        EchoEngine engine = await LoadedAsync(flora);
        engine.FirstTokenFaults.Enqueue(DeviceFault);
        await Should.ThrowAsync<EngineFaultException>(() => AskAsync(flora));
        (await Should.ThrowAsync<BrokenCircuitException>(() => AskAsync(flora))).RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task Wrong_calls_never_enter_the_pipeline()
    {
        int entered = 0;
        var counting = new ResiliencePipelineBuilder();
        counting.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = arguments =>
            {
                entered++;
                return ValueTask.FromResult(false);
            },
        });
        using EchoKernel flora = Build(o => o.Resilience.Pipeline = counting.Build());
        await LoadedAsync(flora);
        entered.ShouldBe(1);
        var options = new ChatOptions { AdditionalProperties = new() { ["adapter_id"] = "cobol" } };
        await Should.ThrowAsync<AdapterNotFoundException>(() => flora.Client.GetResponseAsync("x", options, Cancel));
        entered.ShouldBe(1);
    }

    [Fact]
    public async Task A_pipeline_of_ones_own_takes_the_place_of_the_options()
    {
        var attempts = 0;
        ResiliencePipeline own = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<EngineOverloadedException>(),
            MaxRetryAttempts = 7,
            Delay = TimeSpan.Zero,
            OnRetry = _ =>
            {
                attempts++;
                return ValueTask.CompletedTask;
            },
        }).Build();
        using EchoKernel flora = Build(o => o.Resilience.Pipeline = own);
        EchoEngine engine = await LoadedAsync(flora);
        for (int i = 0; i < 7; i++)
            engine.Refusals.Enqueue(Overload);
        (await AskAsync(flora)).ShouldBe("base|x");
        attempts.ShouldBe(7);
    }

    [Fact]
    public async Task A_breaker_of_ones_own_opens_in_mid_stream_too()
    {
        var control = new CircuitBreakerManualControl();
        ResiliencePipeline own = new ResiliencePipelineBuilder().AddCircuitBreaker(new CircuitBreakerStrategyOptions { ManualControl = control }).Build();
        using EchoKernel flora = Build(o => (o.Resilience.Pipeline, o.Resilience.BreakerControl) = (own, control));
        EchoEngine engine = await LoadedAsync(flora);
        await using IAsyncEnumerator<ChatResponseUpdate> streaming = flora.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await streaming.MoveNextAsync()).ShouldBeTrue();
        engine.Fail(DeviceFault);
        await Should.ThrowAsync<EngineFaultException>(async () => await streaming.MoveNextAsync());
        await Should.ThrowAsync<BrokenCircuitException>(() => AskAsync(flora));
    }

    [Fact]
    public async Task The_pipeline_is_in_Pollys_registry_under_the_name_of_the_service()
    {
        using EchoKernel unkeyed = Build(), keyed = Build(serviceId: "coder");
        unkeyed.Kernel.Services.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline("flora").ShouldNotBeNull();
        keyed.Kernel.Services.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline("flora/coder").ShouldNotBeNull();
        await LoadedAsync(keyed);
    }

    [Fact]
    public async Task A_pipeline_that_was_registered_under_that_name_before_is_used()
    {
        int retries = 0;
        using EchoKernel flora = Build(before: services => services.AddResiliencePipeline("flora", builder => builder.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<EngineOverloadedException>(),
            MaxRetryAttempts = 5,
            Delay = TimeSpan.Zero,
            OnRetry = _ =>
            {
                retries++;
                return ValueTask.CompletedTask;
            },
        })));
        EchoEngine engine = await LoadedAsync(flora);
        for (int i = 0; i < 5; i++)
            engine.Refusals.Enqueue(Overload);
        (await AskAsync(flora)).ShouldBe("base|x");
        retries.ShouldBe(5);
    }

    [Fact]
    public async Task The_bounds_of_the_queue_reach_the_engine()
    {
        using EchoKernel flora = Build(o => (o.Queue.MaxRequests, o.Queue.MaxTokens) = (5, 600));
        await LoadedAsync(flora);
        EngineOptions options = flora.Loader.Options.ShouldHaveSingleItem();
        (options.MaxQueuedRequests, options.MaxQueuedTokens).ShouldBe((5, 600));
    }
}
