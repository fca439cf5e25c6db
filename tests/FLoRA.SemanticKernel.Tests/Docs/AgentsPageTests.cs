using System.Diagnostics;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of <see cref="AgentsPage"/> do what the page says.</summary>
public sealed class AgentsPageTests : IDisposable
{
    private readonly string _before = Directory.GetCurrentDirectory();

    public AgentsPageTests() => Directory.SetCurrentDirectory(TestModel.Root);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.SetCurrentDirectory(_before);

    [Fact]
    public async Task Two_agents_talk_and_a_run_overrides_the_temperature()
    {
        var services = new ServiceCollection();
        AgentsPage.Agents(services);
        await using ServiceProvider provider = services.BuildServiceProvider();
        (string toLua, string toRust) = await AgentsPage.TalkAsync(provider);
        toLua.ShouldNotBe(toRust);
        AIAgent lua = provider.GetRequiredKeyedService<AIAgent>("lua-flora-r4");
        string warm = await AgentsPage.RunOptionsAsync(lua);
        warm.ShouldNotBe((await lua.RunAsync("Cap qty at 6.", cancellationToken: Cancel)).Text);
        (await AgentsPage.RunOptionsAsync(lua)).ShouldBe(warm);
    }

    [Fact]
    public async Task The_pipelines_trace_and_cache()
    {
        List<Activity> spans = [];
        using TracerProvider tracer = Sdk.CreateTracerProviderBuilder().AddSource("Experimental.Microsoft.Extensions.AI").AddInMemoryExporter(spans).Build();
        var services = new ServiceCollection();
        AgentsPage.Pipeline(services);
        AgentsPage.KeyedPipeline(services);
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient client = provider.GetRequiredService<IChatClient>();
        ChatOptions options = new() { MaxOutputTokens = 8, AdditionalProperties = new() { [FloraKeys.AdapterId] = "lua-flora-r4" } };
        ChatResponse first = await client.GetResponseAsync("-- Cap qty", options, Cancel), second = await client.GetResponseAsync("-- Cap qty", options, Cancel);
        second.ResponseId.ShouldBe(first.ResponseId);
        tracer.ForceFlush();
        spans.Select(span => (span.DisplayName, span.GetTagItem("flora.adapter.id"))).ShouldBe([("chat tinycoder", "lua-flora-r4"), ("chat tinycoder", null)]);

        ChatResponse keyed = await provider.GetRequiredKeyedService<IChatClient>("lua").GetResponseAsync("-- Cap qty", new ChatOptions { MaxOutputTokens = 8 }, Cancel);
        keyed.AdditionalProperties![FloraKeys.ResultAdapterId].ShouldBe("lua-flora-r4");
    }
}
