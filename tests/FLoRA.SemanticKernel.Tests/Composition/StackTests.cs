using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Function invocation, configured options, and every stage at once.</summary>
public class StackTests
{
    private static Pipeline Invoking() => new(b => b.UseFunctionInvocation());

    private static void ShouldBeLua(ChatResponse response)
    {
        response.Text.ShouldStartWith("    return sales[#sales]");
        response.AdditionalProperties![FloraKeys.AdapterId].ShouldBe(Tinycoder.Lua);
        response.ModelId.ShouldBe("tinycoder");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Function_invocation_without_tools_composes(bool streaming)
    {
        using Pipeline pipeline = Invoking();
        ChatOptions options = Pipeline.Options(Tinycoder.Lua);
        ShouldBeLua(await pipeline.CallAsync(streaming, options));
        options.Tools = [];
        ShouldBeLua(await pipeline.CallAsync(streaming, options));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tools_are_refused_by_name(bool streaming)
    {
        using Pipeline pipeline = Invoking();
        ChatOptions options = Pipeline.Options(Tinycoder.Lua);
        options.Tools = [AIFunctionFactory.Create(() => 6, "limit")];
        (await Should.ThrowAsync<NotSupportedException>(() => pipeline.CallAsync(streaming, options))).Message.ShouldContain("'Tools'");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Configured_options_set_the_adapter(bool streaming)
    {
        using var pipeline = new Pipeline(b => b.ConfigureOptions(o => (o.AdditionalProperties ??= [])[FloraKeys.AdapterId] = Tinycoder.Lua));
        ChatOptions options = Pipeline.Options();
        ShouldBeLua(await pipeline.CallAsync(streaming, options));
        options.AdditionalProperties.ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keyed_clients_of_different_adapters_share_one_engine(bool streaming)
    {
        using var tinycoder = new Tinycoder(addAfter: services =>
        {
            foreach (string adapter in new[] { Tinycoder.Lua, Tinycoder.Rust })
                services.AddKeyedChatClient(adapter, p => p.GetRequiredService<FloraChatClient>()).ConfigureOptions(o => o.ModelId = adapter);
        });
        foreach (string adapter in new[] { Tinycoder.Lua, Tinycoder.Rust })
        {
            IChatClient client = tinycoder.Services.GetRequiredKeyedService<IChatClient>(adapter);
            CancellationToken cancel = TestContext.Current.CancellationToken;
            ChatResponse response = streaming
                ? await client.GetStreamingResponseAsync(Pipeline.Prompt, Pipeline.Options(), cancel).ToChatResponseAsync(cancel)
                : await client.GetResponseAsync(Pipeline.Prompt, Pipeline.Options(), cancel);
            response.AdditionalProperties![FloraKeys.AdapterId].ShouldBe(adapter);
            client.GetService<FloraChatClient>().ShouldBeSameAs(tinycoder.Client);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_stages_at_once(bool streaming)
    {
        using var pipeline = new Pipeline(
            b => b.UseLogging().UseOpenTelemetry().ConfigureOptions(o => o.ModelId = Tinycoder.Lua).UseFloraCache().UseFunctionInvocation(),
            s => s.AddLogging().AddDistributedMemoryCache());
        ChatOptions options = Pipeline.Options();
        options.Tools = [];
        ChatResponse[] responses = [await pipeline.CallAsync(streaming, options), await pipeline.CallAsync(streaming, options)];
        Assert.All(responses, ShouldBeLua);
        responses[1].Text.ShouldBe(responses[0].Text);
        (await pipeline.Tinycoder.RequestsAsync()).ShouldBe(1);
        pipeline.Client.GetService<ChatClientMetadata>()!.DefaultModelId.ShouldBe("tinycoder");
    }

    [Fact]
    public async Task Disposing_the_container_disposes_every_stage_and_the_engine_once()
    {
        var pipeline = new Pipeline(b => b.UseLogging().UseFloraCache().UseFunctionInvocation(), s => s.AddLogging().AddDistributedMemoryCache());
        IChatClient client = pipeline.Client;
        ShouldBeLua(await pipeline.AskAsync(Pipeline.Options(Tinycoder.Lua)));
        pipeline.Dispose();
        pipeline.Dispose();
        client.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => client.GetResponseAsync("x", cancellationToken: TestContext.Current.CancellationToken));
    }
}
