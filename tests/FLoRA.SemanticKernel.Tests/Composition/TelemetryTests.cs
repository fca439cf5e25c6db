using System.Diagnostics;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>UseOpenTelemetry over the client: the conventions' names, and the adapter in a tag of its own.</summary>
public class TelemetryTests
{
    private const string AdapterTag = "flora.adapter.id";

    public static TheoryData<string?, bool> Calls() => new()
    {
        { Tinycoder.Lua, false },
        { Tinycoder.Lua, true },
        { null, false },
        { null, true },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task The_span_of_a_call_tells_model_end_usage_and_adapter(string? adapter, bool streaming)
    {
        using var spans = new Spans();
        using var pipeline = new Pipeline(b => b.UseOpenTelemetry(sourceName: spans.Source));

        ChatResponse response = await pipeline.CallAsync(streaming, Pipeline.Options(adapter));

        Activity span = spans.Ended.ShouldHaveSingleItem();
        span.DisplayName.ShouldBe("chat tinycoder");
        span.GetTagItem("gen_ai.provider.name").ShouldBe("flora");
        span.GetTagItem("gen_ai.request.model").ShouldBe("tinycoder");
        span.GetTagItem("gen_ai.response.model").ShouldBe("tinycoder");
        span.GetTagItem("gen_ai.response.id").ShouldBe(response.ResponseId);
        span.GetTagItem("gen_ai.response.finish_reasons").ShouldBe($"[\"{response.FinishReason}\"]");
        span.GetTagItem("gen_ai.usage.input_tokens").ShouldNotBeNull().ToString().ShouldBe(response.Usage!.InputTokenCount.ToString());
        span.GetTagItem("gen_ai.usage.output_tokens").ShouldNotBeNull().ToString().ShouldBe(response.Usage.OutputTokenCount.ToString());
        span.GetTagItem(AdapterTag).ShouldBe(adapter);
        span.TagObjects.Any(tag => tag.Value is string text && text.Contains("Get the last")).ShouldBeFalse();
    }

    [Fact]
    public async Task The_adapter_that_nobody_named_is_told_too()
    {
        using var spans = new Spans();
        using var pipeline = new Pipeline(b => b.UseOpenTelemetry(sourceName: spans.Source), configure: o => o.DefaultAdapter = Tinycoder.Rust);
        await pipeline.StreamAsync(Pipeline.Options());
        spans.Ended.ShouldHaveSingleItem().GetTagItem(AdapterTag).ShouldBe(Tinycoder.Rust);
    }

    [Fact]
    public async Task Stages_between_the_span_and_the_client_do_not_hide_it()
    {
        using var spans = new Spans();
        using var pipeline = new Pipeline(
            b => b.UseOpenTelemetry(sourceName: spans.Source).UseLogging().UseFloraCache().UseFunctionInvocation(),
            s => s.AddLogging().AddDistributedMemoryCache());
        await pipeline.StreamAsync(Pipeline.Options(Tinycoder.Lua)); // Loads the model in the midst of the call.
        await pipeline.AskAsync(Pipeline.Options(Tinycoder.Rust));
        spans.Ended.Select(span => span.GetTagItem(AdapterTag)).ShouldBe([Tinycoder.Lua, Tinycoder.Rust]);
    }

    [Fact]
    public async Task A_span_that_is_not_a_chats_is_left_alone()
    {
        using var spans = new Spans();
        using var pipeline = new Pipeline(b => b);
        using (Activity? own = spans.Start("chatroom"))
        {
            own.ShouldNotBeNull();
            await pipeline.AskAsync(Pipeline.Options(Tinycoder.Lua));
            await pipeline.StreamAsync(Pipeline.Options(Tinycoder.Lua));
        }

        spans.Ended.ShouldHaveSingleItem().TagObjects.ShouldBeEmpty();
    }

    [Fact]
    public async Task Concurrent_calls_each_have_the_adapter_of_their_own()
    {
        using var spans = new Spans();
        using var pipeline = new Pipeline(b => b.UseOpenTelemetry(sourceName: spans.Source));
        string[] adapters = [.. pipeline.Tinycoder.Engine.Adapters.Select(a => a.Name)];
        ChatResponse[] responses = await Task.WhenAll(adapters.Select((adapter, i) => pipeline.CallAsync(i % 2 == 0, Pipeline.Options(adapter))));
        foreach ((ChatResponse response, string adapter) in responses.Zip(adapters))
            spans.Ended.Single(span => Equals(span.GetTagItem("gen_ai.response.id"), response.ResponseId)).GetTagItem(AdapterTag).ShouldBe(adapter);
    }

    [Fact]
    public async Task A_call_that_fails_is_an_error_of_its_type()
    {
        using var spans = new Spans();
        using var pipeline = new Pipeline(b => b.UseOpenTelemetry(sourceName: spans.Source));
        await Should.ThrowAsync<AdapterNotFoundException>(() => pipeline.AskAsync(Pipeline.Options("cobol")));
        Activity span = spans.Ended.ShouldHaveSingleItem();
        span.GetTagItem("error.type").ShouldBe(typeof(AdapterNotFoundException).FullName);
        span.GetTagItem(AdapterTag).ShouldBeNull();
    }

    /// <summary>Collects the spans of one source that no other test uses.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly List<Activity> _ended = [];
        private readonly ActivitySource _own;
        private readonly TracerProvider _provider;

        internal Spans()
        {
            _own = new ActivitySource(Source);
            _provider = Sdk.CreateTracerProviderBuilder().AddSource(Source).AddInMemoryExporter(_ended).Build();
        }

        internal string Source { get; } = $"flora.tests.{Guid.NewGuid():N}";

        internal IReadOnlyList<Activity> Ended
        {
            get
            {
                _provider.ForceFlush();
                return _ended;
            }
        }

        internal Activity? Start(string name) => _own.StartActivity(name);

        public void Dispose()
        {
            _provider.Dispose();
            _own.Dispose();
        }
    }
}
