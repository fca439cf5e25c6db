using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The three services alike: full equals streamed, metadata, cancellation, disposal.</summary>
public class ResultTests
{
    private const string Lua = "lua-flora-r4";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static FloraPromptExecutionSettings Settings(int? maxTokens = null) => new() { AdapterId = Lua, MaxTokens = maxTokens };

    private static void ShouldTell(IReadOnlyDictionary<string, object?>? metadata, string finishReason, int? completionTokens = null)
    {
        metadata.ShouldNotBeNull();
        metadata.Keys.Order().ShouldBe(["AdapterId", "FinishReason", "ModelId", "Usage"]);
        metadata["AdapterId"].ShouldBe(Lua);
        metadata["ModelId"].ShouldBe("tinycoder");
        metadata["FinishReason"].ShouldBe(finishReason);
        UsageDetails usage = metadata["Usage"].ShouldBeOfType<UsageDetails>();
        usage.InputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(0);
        usage.TotalTokenCount.ShouldBe(usage.InputTokenCount + usage.OutputTokenCount);
        if (completionTokens is not null)
            usage.OutputTokenCount.ShouldBe(completionTokens);
    }

    [Theory]
    [InlineData(null, "stop")]
    [InlineData(4, "length")]
    public async Task Chat_service(int? maxTokens, string finishReason)
    {
        using var flora = new EchoKernel();
        IChatCompletionService chat = flora.Kernel.GetRequiredService<IChatCompletionService>();
        ChatMessageContent full = await chat.GetChatMessageContentAsync("local x", Settings(maxTokens), cancellationToken: Cancel);
        List<StreamingChatMessageContent> parts = await chat.GetStreamingChatMessageContentsAsync("local x", Settings(maxTokens), cancellationToken: Cancel).ToListAsync(Cancel);
        string.Concat(parts.Select(p => p.Content)).ShouldBe(full.Content);
        full.Role.ShouldBe(AuthorRole.Assistant);
        full.ModelId.ShouldBe("tinycoder");
        ShouldTell(full.Metadata, finishReason, maxTokens);
        ShouldTell(parts[^1].Metadata, finishReason, maxTokens);
        parts.Count(p => p.Metadata!.ContainsKey("Usage")).ShouldBe(1);
        parts.ShouldAllBe(p => Equals(p.Metadata!["AdapterId"], Lua));
    }

    [Theory]
    [InlineData(null, "stop")]
    [InlineData(4, "length")]
    public async Task Text_service(int? maxTokens, string finishReason)
    {
        using var flora = new EchoKernel();
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        TextContent full = await text.GetTextContentAsync("local x", Settings(maxTokens), cancellationToken: Cancel);
        List<StreamingTextContent> parts = await text.GetStreamingTextContentsAsync("local x", Settings(maxTokens), cancellationToken: Cancel).ToListAsync(Cancel);
        string.Concat(parts.Select(p => p.Text)).ShouldBe(full.Text);
        ShouldTell(full.Metadata, finishReason, maxTokens);
        ShouldTell(parts[^1].Metadata, finishReason, maxTokens);
        parts.Count(p => p.Metadata!.ContainsKey("Usage")).ShouldBe(1);
    }

    [Theory]
    [InlineData(null, "stop")]
    [InlineData(4, "length")]
    public async Task Chat_client(int? maxTokens, string finishReason)
    {
        using var flora = new EchoKernel();
        ChatOptions options = new() { MaxOutputTokens = maxTokens, AdditionalProperties = new() { ["adapter_id"] = Lua } };
        ChatResponse full = await flora.Client.GetResponseAsync("local x", options, Cancel);
        List<ChatResponseUpdate> updates = await flora.Client.GetStreamingResponseAsync("local x", options, Cancel).ToListAsync(Cancel);
        ChatResponse folded = updates.ToChatResponse();
        foreach (ChatResponse response in new[] { full, folded })
        {
            response.Text.ShouldBe(full.Text);
            response.Messages.ShouldHaveSingleItem().Role.ShouldBe(ChatRole.Assistant);
            response.ModelId.ShouldBe("tinycoder");
            response.FinishReason.ShouldBe(new ChatFinishReason(finishReason));
            response.ConversationId.ShouldBeNull();
            response.AdditionalProperties!["adapter_id"].ShouldBe(Lua);
            ShouldTell(response.AdditionalProperties.Where(p => p.Key != "adapter_id").ToDictionary(), finishReason, maxTokens);
            response.Usage!.OutputTokenCount.ShouldBe(((UsageDetails)response.AdditionalProperties["Usage"]!).OutputTokenCount);
        }

        full.Text.ShouldNotBeEmpty();
        updates.Count(u => u.Contents.OfType<UsageContent>().Any()).ShouldBe(1);
    }

    [Fact]
    public async Task An_empty_answer_is_a_message_without_text()
    {
        using var flora = new EchoKernel();
        var options = new ChatOptions { StopSequences = ["b"] };
        ChatResponse response = await flora.Client.GetResponseAsync("x", options, Cancel);
        response.Messages.ShouldHaveSingleItem().Text.ShouldBe("");
        response.FinishReason.ShouldBe(ChatFinishReason.Stop);
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("x", new FloraPromptExecutionSettings { StopSequences = ["b"] }))).ShouldBe("");
    }

    [Fact]
    public async Task Cancelling_is_OperationCanceledException_and_drops_the_request()
    {
        using var flora = new EchoKernel();
        IChatCompletionService chat = flora.Kernel.GetRequiredService<IChatCompletionService>();
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        Func<CancellationToken, IAsyncEnumerable<object>>[] streams =
        [
            cancel => flora.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: cancel),
            cancel => chat.GetStreamingChatMessageContentsAsync(EchoEngine.Hang, cancellationToken: cancel),
            cancel => text.GetStreamingTextContentsAsync(EchoEngine.Hang, cancellationToken: cancel),
            cancel => flora.Kernel.InvokePromptStreamingAsync(EchoEngine.Hang, cancellationToken: cancel),
        ];
        int ended = 0;
        foreach (Func<CancellationToken, IAsyncEnumerable<object>> stream in streams)
        {
            using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            await Should.ThrowAsync<OperationCanceledException>(async () =>
            {
                await foreach (object first in stream(source.Token))
                    await source.CancelAsync();
            });
            flora.Loader.Engine.Cancelled.ShouldBe(++ended);
        }
    }

    [Fact]
    public async Task Leaving_a_stream_early_drops_the_request()
    {
        using var flora = new EchoKernel();
        await foreach (ChatResponseUpdate first in flora.Client.GetStreamingResponseAsync(EchoEngine.Hang, cancellationToken: Cancel))
            break;
        flora.Loader.Engine.Cancelled.ShouldBe(1);
    }

    [Fact]
    public async Task A_token_that_is_already_cancelled_loads_nothing()
    {
        using var flora = new EchoKernel();
        await Should.ThrowAsync<OperationCanceledException>(() => flora.Client.GetResponseAsync("x", cancellationToken: new CancellationToken(true)));
        flora.Loader.Loads.ShouldBe(0);
    }

    [Fact]
    public void Services_of_the_client()
    {
        using var flora = new EchoKernel();
        IChatClient client = flora.Client;
        ChatClientMetadata metadata = client.GetRequiredService<ChatClientMetadata>();
        metadata.ProviderName.ShouldBe("flora");
        metadata.DefaultModelId.ShouldBe("tinycoder");
        client.GetService<FloraChatClient>().ShouldBeSameAs(client);
        client.GetService<IChatClient>().ShouldBeSameAs(client);
        client.GetService(typeof(IChatClient), "key").ShouldBeNull();
        client.GetService<string>().ShouldBeNull();
        flora.Loader.Loads.ShouldBe(0);
        client.GetService<Inference.Text.TextGenerator>().ShouldNotBeNull();
        flora.Loader.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task The_container_disposes_the_engine_once_and_the_client_never()
    {
        var flora = new EchoKernel(serviceId: "flora");
        IChatClient client = flora.Kernel.Services.GetRequiredKeyedService<IChatClient>("flora");
        client.Dispose();
        (await client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe("base|x");
        flora.Loader.Engine.Disposed.ShouldBe(0);
        flora.Dispose();
        flora.Dispose();
        client.Dispose();
        flora.Loader.Engine.Disposed.ShouldBe(1);
        await Should.ThrowAsync<ObjectDisposedException>(() => client.GetResponseAsync("x", cancellationToken: Cancel));
    }
}
