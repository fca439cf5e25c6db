using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using Microsoft.SemanticKernel.TextGeneration;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Calls through Semantic Kernel's services have the spans and meters of the conventions too, full and streamed, each once.</summary>
public class KernelTelemetryTests
{
    private const string Source = "Experimental.Microsoft.Extensions.AI", AdapterTag = "flora.adapter.id", Prompt = "span me";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The spans of one call: other tests use the same source, but not under this parent.</summary>
    private static async Task<Activity[]> SpansAsync(Func<Task> call)
    {
        using var parent = new Activity("test");
        parent.Start();
        ActivityTraceId trace = parent.TraceId;
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.Parent.TraceId == trace ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId != trace)
                    return;
                lock (ended)
                    ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await call();
        lock (ended)
            return [.. ended];
    }

    public static TheoryData<string, bool> Services() => new()
    {
        { "chat", false }, { "chat", true }, { "text", false }, { "text", true },
    };

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_call_of_a_kernels_service_is_one_span(string service, bool streaming)
    {
        using var flora = new EchoKernel();
        var settings = new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", MaxTokens = 5, Temperature = 0.5 };
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        Activity[] spans = await SpansAsync(async () => _ = (service, streaming) switch
        {
            ("chat", false) => (object?)await flora.Kernel.InvokePromptAsync(Prompt, new(settings), cancellationToken: Cancel),
            ("chat", true) => await flora.Kernel.InvokePromptStreamingAsync(Prompt, new(settings), cancellationToken: Cancel).ToListAsync(Cancel),
            ("text", false) => await text.GetTextContentsAsync(Prompt, settings, cancellationToken: Cancel),
            _ => await text.GetStreamingTextContentsAsync(Prompt, settings, cancellationToken: Cancel).ToListAsync(Cancel),
        });
        Activity span = spans.ShouldHaveSingleItem();
        span.DisplayName.ShouldBe("chat tinycoder");
        span.GetTagItem("gen_ai.operation.name").ShouldBe("chat");
        span.GetTagItem("gen_ai.provider.name").ShouldBe("flora");
        span.GetTagItem("gen_ai.request.max_tokens").ShouldBe(5);
        span.GetTagItem("gen_ai.request.temperature").ShouldBe(0.5f);
        span.GetTagItem("gen_ai.response.model").ShouldBe("tinycoder");
        span.GetTagItem("gen_ai.response.finish_reasons").ShouldBe("[\"length\"]");
        span.GetTagItem("gen_ai.usage.output_tokens").ShouldNotBeNull().ToString().ShouldBe("5");
        span.GetTagItem(AdapterTag).ShouldBe("lua-flora-r4");
        span.TagObjects.Any(tag => tag.Value is string value && value.Contains(Prompt, StringComparison.Ordinal)).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_call_that_fails_is_an_error_and_what_it_throws_is_not_changed(string service, bool streaming)
    {
        using var flora = new EchoKernel();
        var settings = new FloraPromptExecutionSettings { AdapterId = "cobol" };
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        Activity[] spans = await SpansAsync(() => Should.ThrowAsync<Inference.AdapterNotFoundException>(async () => _ = (service, streaming) switch
        {
            ("chat", false) => (object?)await flora.Kernel.InvokePromptAsync(Prompt, new(settings), cancellationToken: Cancel),
            ("chat", true) => await flora.Kernel.InvokePromptStreamingAsync(Prompt, new(settings), cancellationToken: Cancel).ToListAsync(Cancel),
            ("text", false) => await text.GetTextContentsAsync(Prompt, settings, cancellationToken: Cancel),
            _ => await text.GetStreamingTextContentsAsync(Prompt, settings, cancellationToken: Cancel).ToListAsync(Cancel),
        }));
        spans.ShouldHaveSingleItem().GetTagItem("error.type").ShouldBe(typeof(Inference.AdapterNotFoundException).FullName);
    }

    [Fact]
    public async Task A_call_of_a_tool_is_a_span_too()
    {
        using var flora = new EchoKernel();
        FloraPlugin plugin = flora.Kernel.Services.GetRequiredService<FloraPlugin>();
        Activity[] spans = await SpansAsync(async () => (await plugin.GenerateTextAsync("rs-flora-r4", Prompt, cancellationToken: Cancel)).ShouldBe($"rs-flora-r4|{Prompt}"));
        Activity span = spans.ShouldHaveSingleItem();
        span.DisplayName.ShouldBe("chat tinycoder");
        span.GetTagItem(AdapterTag).ShouldBe("rs-flora-r4");
    }

    [Fact]
    public async Task Speech_has_a_span_by_the_client_in_both_forms_and_by_the_kernels_service()
    {
        GoldenRecording golden = Tinywhisper.Golden.First(one => one.Adapter is not null);
        using var model = new Tinywhisper(null, services => services.AddSpeechToTextClient(provider => provider.GetRequiredService<FloraSpeechToTextClient>()).UseOpenTelemetry());
        ISpeechToTextClient client = model.Services.GetRequiredService<ISpeechToTextClient>();
        var kernelService = model.Services.GetRequiredService<IAudioToTextService>();
        Activity[] spans = await SpansAsync(async () =>
        {
            await client.GetTextAsync(new MemoryStream(golden.Bytes), Tinywhisper.Options(golden), Cancel);
            await client.GetStreamingTextAsync(new MemoryStream(golden.Bytes), Tinywhisper.Options(golden), Cancel).ToListAsync(Cancel);
            await kernelService.GetTextContentsAsync(new AudioContent(golden.Bytes, "audio/wav"), Tinywhisper.Settings(golden), cancellationToken: Cancel);
        });
        spans.Length.ShouldBe(3);
        foreach (Activity span in spans)
        {
            span.DisplayName.ShouldStartWith("generate_content");
            span.GetTagItem("gen_ai.provider.name").ShouldBe("flora");
            span.GetTagItem("gen_ai.response.model").ShouldBe("tinywhisper");
            span.GetTagItem("gen_ai.usage.output_tokens").ShouldNotBeNull();
            span.GetTagItem(AdapterTag).ShouldBe(golden.Adapter);
        }
    }

    [Fact]
    public async Task Meters_of_the_conventions_and_of_the_engine_are_exported_together()
    {
        var metrics = new List<Metric>();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(Source, "FLoRA").AddInMemoryExporter(metrics).Build();
        using var tinycoder = new Tinycoder();
        GoldenCompletion golden = Tinycoder.Of(Tinycoder.Lua);
        await tinycoder.Kernel.InvokeAsync(TinycoderFixture.Function(golden), cancellationToken: Cancel);
        await tinycoder.Kernel.InvokeStreamingAsync(TinycoderFixture.Function(golden), cancellationToken: Cancel).ToListAsync(Cancel);
        await tinycoder.Engine.ReadCountersAsync();
        provider.ForceFlush();
        foreach (string name in new[]
        {
            "gen_ai.client.operation.duration", "gen_ai.client.token.usage", "gen_ai.client.operation.time_to_first_chunk",
            "flora.queue.wait", "flora.step.rows", "flora.step.sequences", "flora.cache.blocks", "flora.requests", "flora.model.load.duration",
        })
        {
            metrics.ShouldContain(m => m.Name == name, name);
        }
    }
}
