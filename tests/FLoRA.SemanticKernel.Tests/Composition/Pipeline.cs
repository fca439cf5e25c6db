using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A pipeline of Microsoft.Extensions.AI's stages over <see cref="FloraChatClient"/>, made by the container, over the real engine.</summary>
internal sealed class Pipeline : IDisposable
{
    /// <summary>The base model and every adapter go on differently.</summary>
    internal const string Prompt = "-- Get the last number in sales.\nlocal function get_last(sales)\n";

    internal Pipeline(Func<ChatClientBuilder, ChatClientBuilder> stages, Action<IServiceCollection>? add = null, Action<FloraOptions>? configure = null) =>
        Tinycoder = new Tinycoder(add, configure, addAfter: services => stages(services.AddChatClient(provider => provider.GetRequiredService<FloraChatClient>())));

    internal Tinycoder Tinycoder { get; }

    internal IChatClient Client => Tinycoder.Services.GetRequiredService<IChatClient>();

    internal static ChatOptions Options(string? adapter = null, string? modelId = null) => new()
    {
        ModelId = modelId,
        MaxOutputTokens = 24,
        AdditionalProperties = adapter is null ? null : new() { [FloraKeys.AdapterId] = adapter },
    };

    internal Task<ChatResponse> AskAsync(ChatOptions? options) => Client.GetResponseAsync(Prompt, options, TestContext.Current.CancellationToken);

    /// <summary>The same over the streaming path.</summary>
    internal Task<ChatResponse> StreamAsync(ChatOptions? options) =>
        Client.GetStreamingResponseAsync(Prompt, options, TestContext.Current.CancellationToken).ToChatResponseAsync(TestContext.Current.CancellationToken);

    internal Task<ChatResponse> CallAsync(bool streaming, ChatOptions? options) => streaming ? StreamAsync(options) : AskAsync(options);

    public void Dispose() => Tinycoder.Dispose();
}
