using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What the health checks of a service say.</summary>
public sealed class HealthTests : IDisposable
{
    private static readonly EngineFaultException Fault = new("injected fault") { IsDeviceFault = true };

    private readonly FakeTimeProvider _time = new();
    private readonly EchoLoader _loader = new();
    private ServiceProvider? _services;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private EchoEngine Engine => _loader.Engine;

    public void Dispose() => _services?.Dispose();

    private void Build(Action<FloraOptions>? configure = null, string? serviceId = null, Action<IHealthChecksBuilder>? checks = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IModelLoader>(_loader).AddSingleton<TimeProvider>(_time).AddLogging();
        services.AddFlora(
            options =>
            {
                options.Model = TestModel.Folder;
                options.AdapterFolders.Add(TestModel.Adapters);
                configure?.Invoke(options);
            },
            serviceId);
        IHealthChecksBuilder builder = services.AddHealthChecks();
        if (checks is null)
            builder.AddFlora(serviceId);
        else
            checks(builder);
        _services = services.BuildServiceProvider();
    }

    private async Task<HealthReportEntry> CheckAsync(string name = "flora") =>
        (await _services!.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancel)).Entries[name];

    private async Task<string> AskAsync() => (await _services!.GetRequiredService<IChatClient>().GetResponseAsync("x", cancellationToken: Cancel)).Text;

    private async Task<HealthReportEntry> UntilAsync(Func<HealthReportEntry, bool> condition)
    {
        while (true)
        {
            Cancel.ThrowIfCancellationRequested();
            HealthReportEntry entry = await CheckAsync();
            if (condition(entry))
                return entry;
            await Task.Yield();
        }
    }

    [Fact]
    public async Task It_is_healthy_before_the_first_call_and_when_it_serves()
    {
        Build();
        HealthReportEntry before = await CheckAsync();
        (before.Status, before.Data["state"]).ShouldBe((HealthStatus.Healthy, "NotLoaded"));
        _loader.Loads.ShouldBe(0);
        await AskAsync();
        HealthReportEntry ready = await CheckAsync();
        (ready.Status, ready.Description, ready.Data["model"], ready.Data["circuit"]).ShouldBe((HealthStatus.Healthy, "Ready.", "tinycoder", "Closed"));
    }

    [Theory]
    [InlineData(7, 0, HealthStatus.Healthy)]
    [InlineData(8, 0, HealthStatus.Degraded)]
    [InlineData(0, 799, HealthStatus.Healthy)]
    [InlineData(0, 800, HealthStatus.Degraded)]
    public async Task A_queue_that_is_nearly_full_degrades_it(int requests, long tokens, HealthStatus status)
    {
        Build(o => (o.Queue.MaxRequests, o.Queue.MaxTokens) = (10, 1000));
        await AskAsync();
        Engine.Queued = (requests, tokens);
        HealthReportEntry entry = await CheckAsync();
        entry.Status.ShouldBe(status);
        (entry.Data["queued_requests"], entry.Data["queued_tokens"]).ShouldBe((requests, tokens));
    }

    [Fact]
    public async Task A_queue_without_bounds_is_never_nearly_full()
    {
        Build(o => (o.Queue.MaxRequests, o.Queue.MaxTokens) = (null, null));
        await AskAsync();
        Engine.Queued = (1_000_000, 1_000_000_000);
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_circuit_that_is_open_or_half_open_degrades_it_until_a_call_goes_well()
    {
        Build();
        await AskAsync();
        Engine.FirstTokenFaults.Enqueue(Fault); // one of two calls
        await Should.ThrowAsync<EngineFaultException>(AskAsync);
        HealthReportEntry open = await CheckAsync();
        (open.Status, open.Data["circuit"]).ShouldBe((HealthStatus.Degraded, "Open"));
        _time.Advance(TimeSpan.FromSeconds(15));
        await AskAsync();
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_restart_degrades_it_and_an_engine_that_is_given_up_is_unhealthy()
    {
        Build(o => o.Restart.MaxAttempts = 2);
        await AskAsync();
        _loader.OnLoad = (_, _) => throw new ModelLoadException("m", "no memory");
        Engine.Lose(Fault);
        HealthReportEntry restarting = await UntilAsync(entry => entry.Exception is ModelLoadException);
        (restarting.Status, restarting.Data["state"], restarting.Data["retry_after_seconds"]).ShouldBe((HealthStatus.Degraded, "Restarting", 1.0));
        _time.Advance(TimeSpan.FromSeconds(1));
        HealthReportEntry lost = await UntilAsync(entry => entry.Data["state"] is "Lost");
        lost.Status.ShouldBe(HealthStatus.Unhealthy);
        lost.Description.ShouldNotBeNull().ShouldContain("device is lost");
        lost.Data.ContainsKey("retry_after_seconds").ShouldBeFalse();
    }

    [Fact]
    public async Task It_is_healthy_again_after_the_restart_and_counts_it()
    {
        Build();
        await AskAsync();
        Engine.Lose(Fault);
        HealthReportEntry entry = await UntilAsync(entry => entry.Data["restarts"] is 1);
        entry.Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_is_unhealthy_until_a_call_loads_it()
    {
        Build();
        _loader.Failure = new ModelLoadException("m", "no memory");
        await Should.ThrowAsync<ModelLoadException>(AskAsync);
        HealthReportEntry failed = await CheckAsync();
        failed.Status.ShouldBe(HealthStatus.Unhealthy);
        failed.Exception.ShouldBeOfType<ModelLoadException>();
        await AskAsync();
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_load_that_is_under_way_degrades_it()
    {
        Build();
        using var go = new ManualResetEventSlim();
        _loader.OnLoad = (_, _) => go.Wait(Cancel);
        Task<string> first = Task.Run(AskAsync, Cancel);
        HealthReportEntry loading = await UntilAsync(entry => entry.Data["state"] is "Loading");
        loading.Status.ShouldBe(HealthStatus.Degraded);
        go.Set();
        await first;
    }

    [Fact]
    public async Task Each_service_id_has_a_check_of_its_own_with_the_status_and_tags_it_was_given()
    {
        Build(o => o.Restart.MaxAttempts = 0, "lua", checks => checks.AddFlora("lua", HealthStatus.Degraded, ["ready"]));
        await AskAsync();
        Engine.Lose(Fault);
        HealthReportEntry entry = await CheckAsync("flora/lua");
        (entry.Status, entry.Data["state"], entry.Tags.Single()).ShouldBe((HealthStatus.Degraded, "Lost", "ready"));
    }

    [Fact]
    public async Task A_check_of_a_service_that_is_not_there_says_so()
    {
        Build(checks: checks => checks.AddFlora("absent"));
        HealthReportEntry entry = await CheckAsync("flora/absent");
        entry.Status.ShouldBe(HealthStatus.Unhealthy);
        entry.Exception.ShouldNotBeNull().Message.ShouldContain("absent");
    }
}
