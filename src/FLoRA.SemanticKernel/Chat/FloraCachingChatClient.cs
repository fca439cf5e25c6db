using System.Text.Json;
using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Caches answers in an <see cref="IDistributedCache"/> that several clients may share. Beside messages and options its key holds what
/// <see cref="DistributedCachingChatClient"/> cannot know: the model's id and number type, the adapter that will answer (after
/// <see cref="FloraEngineOptions.DefaultAdapter"/>), that adapter's content, and the prompt as the model's chat template or <see cref="FloraOptions.ChatFormat"/> writes it.
/// </summary>
/// <remarks>
/// An adapter that is replaced while the engine serves never answers from the other's cache. An answer is stored only if the adapter
/// that the key was made for gave it: where a stage further inside changes the adapter, nothing is cached, so set the adapter outside of
/// the cache. Two models of the same id and type count as the same. The metadata of a cached answer has the types of a fresh one.
/// </remarks>
public sealed class FloraCachingChatClient : DistributedCachingChatClient
{
    private const string BaseModel = "base";

    private readonly FloraRuntime _runtime;

    /// <param name="innerClient">A pipeline that ends in a <see cref="FloraChatClient"/>.</param>
    /// <param name="storage">Where the answers are kept.</param>
    /// <exception cref="ArgumentException">There is no <see cref="FloraChatClient"/> in the pipeline.</exception>
    public FloraCachingChatClient(IChatClient innerClient, IDistributedCache storage)
        : base(innerClient, storage)
    {
        _runtime = innerClient.GetService(typeof(FloraRuntime)) as FloraRuntime
            ?? throw new ArgumentException($"Expected a pipeline that ends in a {nameof(FloraChatClient)}, got {innerClient.GetType().Name} without one.", nameof(innerClient));
    }

    /// <inheritdoc/>
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        // The key needs the adapters, and a key cannot be awaited.
        await _runtime.GetAsync(cancellationToken).ConfigureAwait(false);
        return await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return LoadAndStreamAsync(base.GetStreamingResponseAsync(messages, options, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    protected override string GetCacheKey(IEnumerable<ChatMessage> messages, ChatOptions? options, params ReadOnlySpan<object?> additionalValues)
    {
        LoadedModel loaded = _runtime.Get();
        FloraCall call = ChatOptionsReader.Read(options);
        string? adapter = AdapterChoice.Resolve(call.Settings, _runtime.Options, loaded.Model.Id, loaded.AdapterNames, call.FunctionName);
        // The model's own template may write the date.
        ChatFormat? format = _runtime.Options.ChatFormat ?? (loaded.Text.Tokenizer?.ChatTemplate is null ? null : loaded.Text.Chat);
        string? written = format?.Write(ChatPrompt.Turns(messages, call.Settings.Instructions), call.Settings.Template);
        string key = base.GetCacheKey(
            messages, options, [.. additionalValues, loaded.Model.Id, _runtime.Options.DType, adapter, written, .. format?.Stop ?? []]);
        return $"{key}.{ContentOf(adapter)}";
    }

    /// <inheritdoc/>
    protected override async Task<ChatResponse?> ReadCacheAsync(string key, CancellationToken cancellationToken)
    {
        ChatResponse? response = await base.ReadCacheAsync(key, cancellationToken).ConfigureAwait(false);
        Retype(response?.AdditionalProperties);
        return response;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<ChatResponseUpdate>?> ReadCacheStreamingAsync(string key, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatResponseUpdate>? updates = await base.ReadCacheStreamingAsync(key, cancellationToken).ConfigureAwait(false);
        foreach (ChatResponseUpdate update in updates ?? [])
            Retype(update.AdditionalProperties);
        return updates;
    }

    /// <inheritdoc/>
    protected override Task WriteCacheAsync(string key, ChatResponse value, CancellationToken cancellationToken) =>
        IsAnswerTo(key, value) ? base.WriteCacheAsync(key, value, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task WriteCacheStreamingAsync(string key, IReadOnlyList<ChatResponseUpdate> value, CancellationToken cancellationToken) =>
        IsAnswerTo(key, value.ToChatResponse()) ? base.WriteCacheStreamingAsync(key, value, cancellationToken) : Task.CompletedTask;

    private async IAsyncEnumerable<ChatResponseUpdate> LoadAndStreamAsync(
        IAsyncEnumerable<ChatResponseUpdate> updates, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _runtime.GetAsync(cancellationToken).ConfigureAwait(false);
        await foreach (ChatResponseUpdate update in updates.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return update;
    }

    /// <summary>Whether the adapter of the key gave the answer, with the content that it had when the key was made.</summary>
    private bool IsAnswerTo(string key, ChatResponse response)
    {
        object? adapter = null;
        return response.AdditionalProperties?.TryGetValue(FloraKeys.AdapterId, out adapter) == true
            && key.EndsWith($".{ContentOf(adapter as string)}", StringComparison.Ordinal);
    }

    /// <summary>What the adapter's name leads to now.</summary>
    private string ContentOf(string? adapter) =>
        adapter is null ? BaseModel : _runtime.Get().Adapters.FirstOrDefault(a => a.Name == adapter)?.ContentHash ?? adapter;

    // JSON gives every entry back as an element.
    private void Retype(AdditionalPropertiesDictionary? properties)
    {
        foreach ((string key, object? value) in properties?.ToArray() ?? [])
        {
            if (value is JsonElement { ValueKind: JsonValueKind.String } text)
                properties![key] = text.GetString();
            else if (key == FloraKeys.Usage && value is JsonElement { ValueKind: JsonValueKind.Object } usage)
                properties![key] = usage.Deserialize<UsageDetails>(JsonSerializerOptions);
        }
    }
}
