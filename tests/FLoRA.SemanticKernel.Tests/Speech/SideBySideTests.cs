using System.Collections.Concurrent;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A text and a speech model in one container.</summary>
public class SideBySideTests
{
    private static readonly GoldenRecording Recording = Tinywhisper.Of("cs");
    private static readonly GoldenCompletion Completion = Tinycoder.Of(Tinycoder.Lua);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static void Add(IServiceCollection services, Action<StepTrace>? text = null, Action<StepTrace>? speech = null, string? textId = null, string? speechId = null)
    {
        services.AddFlora(
            options =>
            {
                options.Model = TestModel.Folder;
                options.AdapterFolders.Add(TestModel.Adapters);
                (options.Device, options.KvTokens, options.Trace) = ("cpu", 4096, text);
            },
            textId);
        services.AddFloraSpeech(
            options =>
            {
                Tinywhisper.Configure(options);
                options.Trace = speech;
            },
            speechId);
    }

    private static async Task<string> HearAsync(IServiceProvider services, GoldenRecording? recording = null) => (await services.GetRequiredService<ISpeechToTextClient>()
        .GetTextAsync(new MemoryStream((recording ?? Recording).Bytes), Tinywhisper.Options(recording ?? Recording), Cancel)).Text;

    [Theory]
    [InlineData(null, null)]
    [InlineData("local", "local")]
    [InlineData("text", "speech")]
    public async Task Both_answer_and_run_on_one_thread(string? textId, string? speechId)
    {
        var loader = new RecordingLoader();
        var services = new ServiceCollection();
        services.AddSingleton<IModelLoader>(loader).AddKernel();
        Add(services, textId: textId, speechId: speechId);
        await using ServiceProvider provider = services.BuildServiceProvider();
        Kernel kernel = provider.GetRequiredService<Kernel>();
        Task<string> heard = HearAsync(provider);
        (await kernel.InvokeAsync<string>(TinycoderFixture.Function(Completion), cancellationToken: Cancel)).ShouldBe(Completion.Text);
        (await heard).ShouldBe(Recording.Text);
        loader.Options.Count.ShouldBe(2);
        loader.Options.Select(options => options.SharedThreads.ShouldNotBeNull()).Distinct().ShouldHaveSingleItem();
        if (speechId is not null)
            provider.GetRequiredKeyedService<ISpeechToTextClient>(speechId).ShouldBeSameAs(provider.GetRequiredService<ISpeechToTextClient>());
    }

    [Theory]
    [InlineData(1, 400)]
    [InlineData(24, 400)]
    public async Task Neither_waits_for_the_end_of_the_other(int recordings, int tokens)
    {
        var steps = new ConcurrentQueue<char>();
        using var gate = new StepGate();
        var services = new ServiceCollection();
        Add(services, step => { steps.Enqueue('t'); gate.OnStep(step); }, _ => steps.Enqueue('s'));
        await using ServiceProvider provider = services.BuildServiceProvider();
        Engine speech = provider.GetRequiredService<ISpeechToTextClient>().GetService<Engine>()!;
        IChatClient chat = provider.GetRequiredService<FloraChatClient>();
        chat.GetService<Engine>();

        // The thread is held until both have work.
        gate.HoldAfter(1);
        var options = new ChatOptions { MaxOutputTokens = tokens, AdditionalProperties = new() { ["ignore_eos"] = true } };
        Task<ChatResponse> written = chat.GetResponseAsync("x", options, Cancel);
        await gate.ReachedAsync();
        GoldenRecording[] golden = [.. Tinywhisper.Golden.Take(recordings)];
        Task<string>[] heard = [.. golden.Select(one => HearAsync(provider, one))];
        while (speech.Queued.Requests < recordings)
            await Task.Yield();
        gate.Open();
        (await Task.WhenAll(heard)).ShouldBe(golden.Select(one => one.Text));
        (await written).Usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(tokens);
        await speech.ReadCountersAsync();

        // Turns are weighed by multiplications, and a step of the encoder has as many as several of tokens: fewer speech steps than text steps.
        string order = string.Concat(steps);
        order.IndexOf('s').ShouldBeLessThan(order.LastIndexOf('t') - 10);
        order[order.IndexOf('s')..order.LastIndexOf('s')].Count(step => step == 't').ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task A_host_warms_both_up_and_lets_running_recordings_end()
    {
        var log = new RecordingLoggerProvider();
        var speech = new ConcurrentQueue<StepTrace>();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(log);
        Add(builder.Services, speech: speech.Enqueue);
        builder.Services.AddFloraSpeech(options => options.DefaultAdapter = Recording.Adapter);
        using IHost host = builder.Build();
        await host.StartAsync(Cancel);
        log.Messages.ShouldContain(m => m.Contains("tinycoder is ready"));
        log.Messages.ShouldContain(m => m.Contains("tinywhisper is ready with 12 adapters"));
        speech.SelectMany(step => step.Sequences).Distinct().Count().ShouldBe(2);

        ISpeechToTextClient client = host.Services.GetRequiredService<ISpeechToTextClient>();
        byte[] longer = Tinywhisper.Join(Recording, Recording, Recording);
        await using IAsyncEnumerator<SpeechToTextResponseUpdate> running = client.GetStreamingTextAsync(new MemoryStream(longer), new() { SpeechLanguage = "cs" }, Cancel).GetAsyncEnumerator(Cancel);
        (await running.MoveNextAsync()).ShouldBeTrue();
        Task stop = host.StopAsync(Cancel);
        await Should.ThrowAsync<EngineStoppingException>(() => HearAsync(host.Services));
        stop.IsCompleted.ShouldBeFalse();
        SpeechToTextResponseUpdate? last = null;
        while (await running.MoveNextAsync())
            last = running.Current;
        last!.Kind.ShouldBe(SpeechToTextResponseUpdateKind.SessionClose);
        await running.DisposeAsync();
        await stop;
        await Should.ThrowAsync<Exception>(() => HearAsync(host.Services));
    }

    [Fact]
    public async Task Services_over_one_speech_model_share_its_engine_and_what_is_registered_stays()
    {
        var loader = new RecordingLoader();
        var stranger = new FloraSpeechToTextClient(new FloraSpeechOptions { Model = Tinywhisper.Model });
        var services = new ServiceCollection();
        services.AddSingleton<IModelLoader>(loader).AddSingleton<ISpeechToTextClient>(_ => stranger);
        foreach (string language in new[] { "cs", "hi" })
        {
            services.AddFloraSpeech(
                options =>
                {
                    Tinywhisper.Configure(options);
                    options.DefaultAdapter = $"{language}-flora-r4";
                },
                language);
        }

        await using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<ISpeechToTextClient>().ShouldBeSameAs(stranger);
        foreach (string language in new[] { "cs", "hi" })
        {
            ISpeechToTextClient client = provider.GetRequiredKeyedService<ISpeechToTextClient>(language);
            SpeechToTextResponse response = await client.GetTextAsync(new MemoryStream(Tinywhisper.Of(language).Bytes), new() { SpeechLanguage = language }, Cancel);
            response.AdditionalProperties![FloraKeys.ResultAdapterId].ShouldBe($"{language}-flora-r4");
        }

        loader.Options.Count.ShouldBe(1);
    }

    private sealed class RecordingLoader : IModelLoader
    {
        private readonly EngineLoader _loader = new();

        internal ConcurrentQueue<EngineOptions> Options { get; } = new();

        public LoadedEngine Load(EngineOptions options)
        {
            Options.Enqueue(options);
            return _loader.Load(options);
        }
    }
}
