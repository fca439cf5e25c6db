using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>With a host: ready before it has started, running calls come to their end when it stops.</summary>
public sealed class HostTests : IAsyncDisposable
{
    private const string Lua = "lua-flora-r4";

    private readonly EchoLoader _loader = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLoggerProvider _log = new();
    private IHost? _host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IChatClient Client => _host!.Services.GetRequiredService<IChatClient>();

    private IHost Build(Action<FloraOptions>? configure = null, Action<IServiceCollection>? more = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(_log);
        builder.Services.AddSingleton<IModelLoader>(_loader).AddSingleton<TimeProvider>(_time);
        builder.Services.AddFlora(options =>
        {
            options.Model = TestModel.Folder;
            options.AdapterFolders.Add(TestModel.Adapters);
            configure?.Invoke(options);
        });
        more?.Invoke(builder.Services);
        builder.Services.AddKernel();
        return _host = builder.Build();
    }

    /// <summary>A call that has got its first token and now waits for the engine.</summary>
    private async Task<IAsyncEnumerator<ChatResponseUpdate>> BeginAsync(string prompt = EchoEngine.Hang)
    {
        IAsyncEnumerator<ChatResponseUpdate> call = Client.GetStreamingResponseAsync(prompt, cancellationToken: Cancel).GetAsyncEnumerator(Cancel);
        (await call.MoveNextAsync()).ShouldBeTrue();
        return call;
    }

    private static async Task<string> RestAsync(IAsyncEnumerator<ChatResponseUpdate> call)
    {
        string text = call.Current.Text;
        while (await call.MoveNextAsync())
            text += call.Current.Text;
        await call.DisposeAsync();
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
    }

    [Fact]
    public async Task The_engine_is_loaded_and_warm_when_the_host_has_started()
    {
        await Build(o => o.DefaultAdapter = Lua).StartAsync(Cancel);
        _loader.Loads.ShouldBe(1);
        _loader.Engine.Requests.Select(r => r.Adapter).Order().ShouldBe([null, Lua]);
        _log.Messages.ShouldContain(m => m.Contains("tinycoder is ready with 3 adapters"));
        (await Client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe($"{Lua}|x");
        _loader.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task Without_warm_up_the_first_call_loads()
    {
        await Build(o => o.WarmUp = false).StartAsync(Cancel);
        _loader.Loads.ShouldBe(0);
        (await Client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe("base|x");
        _loader.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_stops_the_start()
    {
        _loader.Failure = new ModelLoadException("m", "no memory");
        (await Should.ThrowAsync<ModelLoadException>(() => Build().StartAsync(Cancel))).Message.ShouldContain("no memory");
    }

    [Fact]
    public async Task Every_service_id_is_warmed_up_over_one_engine()
    {
        await Build(more: services => services.AddFlora(o => (o.Model, o.DefaultAdapter, o.Adapters[Lua]) = (TestModel.Folder, Lua, Path.Combine(TestModel.Adapters, Lua)), "lua")).StartAsync(Cancel);
        _loader.Loads.ShouldBe(1);
        _loader.Engine.Requests.Count(r => r.Adapter == Lua).ShouldBe(1);
    }

    [Fact]
    public async Task A_call_that_runs_comes_to_its_end_and_no_new_one_is_taken()
    {
        await Build().StartAsync(Cancel);
        IAsyncEnumerator<ChatResponseUpdate> running = await BeginAsync();
        Task stop = _host!.StopAsync(Cancel);
        await Should.ThrowAsync<EngineStoppingException>(() => Client.GetResponseAsync("x", cancellationToken: Cancel));
        stop.IsCompleted.ShouldBeFalse();
        _loader.Engine.Disposed.ShouldBe(0);
        _loader.Engine.Release();
        (await RestAsync(running)).ShouldBe($"base|{EchoEngine.Hang}");
        await stop;
        _loader.Engine.Disposed.ShouldBe(1);
        _log.Messages.ShouldNotContain(m => m.Contains("cut off"));
    }

    [Fact]
    public async Task After_the_deadline_what_still_runs_ends_by_the_engine()
    {
        await Build(o => o.DrainTimeout = TimeSpan.FromSeconds(5)).StartAsync(Cancel);
        IAsyncEnumerator<ChatResponseUpdate> one = await BeginAsync(), other = await BeginAsync("hang too");
        Task stop = _host!.StopAsync(Cancel);
        _time.Advance(TimeSpan.FromSeconds(4));
        stop.IsCompleted.ShouldBeFalse();
        _loader.Engine.Disposed.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stop;
        await Should.ThrowAsync<ObjectDisposedException>(() => RestAsync(one));
        await Should.ThrowAsync<ObjectDisposedException>(() => RestAsync(other));
        _log.Messages.ShouldContain(m => m.StartsWith("2 calls still ran after 00:00:05"));
    }

    [Fact]
    public async Task The_hosts_own_patience_ends_the_draining_too()
    {
        await Build().StartAsync(Cancel);
        IAsyncEnumerator<ChatResponseUpdate> running = await BeginAsync();
        await _host!.StopAsync(new CancellationToken(true));
        await Should.ThrowAsync<ObjectDisposedException>(() => RestAsync(running));
    }

    [Fact]
    public async Task What_was_registered_later_may_still_call_while_it_stops()
    {
        await Build(more: services => services.AddHostedService<CallsWhenStopping>()).StartAsync(Cancel);
        await _host!.StopAsync(Cancel);
        _host.Services.GetServices<IHostedService>().OfType<CallsWhenStopping>().Single().Answer.ShouldBe("base|bye");
    }

    [Fact]
    public async Task A_call_that_goes_well_logs_nothing_at_information_and_a_retry_is_a_warning()
    {
        await Build().StartAsync(Cancel);
        _log.Clear();
        await Client.GetResponseAsync("x", cancellationToken: Cancel);
        _log.At(LogLevel.Information).ShouldBeEmpty();
        _loader.Engine.Refusals.Enqueue(new EngineOverloadedException("full", TimeSpan.Zero));
        await Client.GetResponseAsync("x", cancellationToken: Cancel);
        _log.At(LogLevel.Information).ShouldContain(m => m.Contains("Retry") && m.Contains("flora"));
    }

    [Fact]
    public async Task Leaving_a_stream_counts_as_its_end()
    {
        await Build().StartAsync(Cancel);
        IAsyncEnumerator<ChatResponseUpdate> running = await BeginAsync();
        Task stop = _host!.StopAsync(Cancel);
        stop.IsCompleted.ShouldBeFalse();
        await running.DisposeAsync();
        await stop;
    }

    private sealed class CallsWhenStopping(IChatClient client) : IHostedService
    {
        internal string? Answer { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) => Answer = (await client.GetResponseAsync("bye", cancellationToken: cancellationToken)).Text;
    }
}
