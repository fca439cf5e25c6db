using System.Runtime.CompilerServices;
using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel;

/// <summary>
/// A local model with many adapters as a chat client. The adapter of a call: <c>AdditionalProperties["adapter_id"]</c>, or
/// <see cref="ChatOptions.ModelId"/> where it is an adapter's name, else the default one. Without a temperature it answers
/// greedily. Streaming is the only path; a full response is a fold of it.
/// </summary>
/// <remarks>
/// Thread-safe; concurrent calls share batches. The model is loaded by the first call. A client from a container does not own
/// the engine, the container does; disposing it is harmless. On a model without a chat template exactly one user message
/// without instructions is continued as raw text; other conversations are written by <see cref="FloraOptions.ChatFormat"/>, by the
/// model's chat template, or as <see cref="ChatFormat.Plain"/>. Tools, structured output, images and server-side conversations throw
/// <see cref="NotSupportedException"/>; <see cref="ChatOptions.Reasoning"/> and
/// <see cref="ChatOptions.RawRepresentationFactory"/> (made for other clients) are without effect.
/// </remarks>
public sealed class FloraChatClient : IChatClient
{
    private readonly FloraPipeline _pipeline;
    private readonly IDisposable? _owned;
    private readonly ChatClientMetadata _metadata;

    /// <summary>A client with an engine of its own, loaded by the first call and disposed with the client.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Lists everything that is wrong with the options.</exception>
    /// <param name="options">What the engine is loaded from.</param>
    /// <param name="loggers">Where the engine's life and the calls are logged; null: nowhere.</param>
    public FloraChatClient(FloraOptions options, ILoggerFactory? loggers = null)
        : this(OwnRuntime(options, loggers))
    {
        _owned = _pipeline.Runtime.Host;
    }

    internal FloraChatClient(FloraRuntime runtime)
    {
        _pipeline = new FloraPipeline(runtime);
        _metadata = new ChatClientMetadata("flora", null, runtime.ModelId);
        Traced = new TracedChat(this);
    }

    internal FloraPipeline Pipeline => _pipeline;

    /// <summary>The calls of Semantic Kernel's services.</summary>
    internal TracedChat Traced { get; }

    /// <summary>Its adapters while it serves.</summary>
    public FloraAdapters Adapters => new(_pipeline.Runtime.Host);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An option or a content is not supported; names it.</exception>
    /// <exception cref="Inference.AdapterNotFoundException">No adapter of that name is registered; nothing was computed.</exception>
    /// <exception cref="Inference.InvalidRequestException">The request can never run, or is malformed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the engine drops the request within one step.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>Throws as <see cref="GetResponseAsync"/>, what the options alone tell at once, the rest with the first update.</remarks>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return UpdatesAsync(Prepare(messages, ChatOptionsReader.Read(options))(CallActivity.Capture("chat"), cancellationToken), cancellationToken);
    }

    /// <summary>Gives this client, its <see cref="ChatClientMetadata"/>, and the <see cref="Inference.Engine"/> and <see cref="TextGenerator"/> (loading them).</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        if (serviceType.IsInstanceOfType(this))
            return this;
        if (serviceType == typeof(ChatClientMetadata))
            return _metadata;
        if (serviceType == typeof(FloraAdapters))
            return Adapters;
        if (serviceType == typeof(FloraRuntime))
            return _pipeline.Runtime;
        if (serviceType == typeof(Inference.Engine))
            return _pipeline.Runtime.Get().Engine;
        return serviceType == typeof(TextGenerator) ? _pipeline.Runtime.Get().Text : null;
    }

    /// <summary>Disposes the engine, if it is the client's own. Harmless when repeated.</summary>
    public void Dispose()
    {
        Traced.Dispose();
        if (_owned is null)
            return;
        _pipeline.Runtime.Dispose();
        _owned.Dispose();
    }

    /// <summary>A conversation that is ready to be answered, in the span that it is given.</summary>
    internal Func<CallActivity, CancellationToken, IAsyncEnumerable<FloraPart>> Prepare(IEnumerable<ChatMessage> messages, FloraCall call)
    {
        List<ChatTurn> turns = ChatPrompt.Turns(messages, call.Settings.Instructions);
        return (activity, cancellationToken) => _pipeline.StreamAsync(call, (model, request) => ChatPrompt.Write(turns, request, ContinuesText(model)), activity, cancellationToken);
    }

    private bool ContinuesText(LoadedModel model) => model.Text.Tokenizer?.ChatTemplate is null && _pipeline.Runtime.Options.ChatFormat is null;

    private async IAsyncEnumerable<ChatResponseUpdate> UpdatesAsync(IAsyncEnumerable<FloraPart> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DateTimeOffset created = _pipeline.Runtime.Time.GetUtcNow();
        bool any = false;
        await foreach (FloraPart part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            string id = part.Source.ResponseId;
            if (part.Text.Length > 0 || !any)
            {
                any = true;
                yield return new ChatResponseUpdate(ChatRole.Assistant, part.Text) { MessageId = id, ResponseId = id, ModelId = part.Source.ModelId, CreatedAt = created };
            }

            if (part.End is { } end)
                yield return Last(id, part.Source, end, created);
        }
    }

    // Without a message id, so that a fold gives its properties to the response.
    private static ChatResponseUpdate Last(string id, FloraAnswer answer, FloraEnd end, DateTimeOffset created) => new(ChatRole.Assistant, [new UsageContent(end.Usage)])
    {
        ResponseId = id,
        ModelId = answer.ModelId,
        CreatedAt = created,
        FinishReason = end.FinishReason,
        AdditionalProperties = new(ResultMetadata.Of(answer, end)) { [FloraKeys.AdapterId] = answer.AdapterId },
    };

    private static FloraRuntime OwnRuntime(FloraOptions options, ILoggerFactory? loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        EngineOptionsValidator<FloraOptions>.ThrowIfInvalid(options);
        options = options.Copy();
        TimeProvider time = TimeProvider.System;
        var host = new EngineHost(EnginePlan.Merge([("", options)]), new EngineLoader(), options.Restart, time, loggers?.CreateLogger<EngineHost>());
        return new FloraRuntime(options, host, FloraResilience.Build(options.Resilience, time), time, loggers?.CreateLogger<FloraChatClient>());
    }
}
