using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;
using ChatMessageContent = Microsoft.SemanticKernel.ChatMessageContent;

namespace FLoRA.SemanticKernel;

/// <summary>Semantic Kernel's chat service, thin over <see cref="FloraChatClient"/>. Not the text service: the kernel tells them apart by type.</summary>
internal sealed class FloraChatCompletionService(FloraChatClient client) : IChatCompletionService, IFloraService
{
    private readonly Dictionary<string, object?> _attributes = new() { [AIServiceExtensions.ModelIdKey] = client.Pipeline.Runtime.ModelId };

    public IReadOnlyDictionary<string, object?> Attributes => _attributes;

    public FloraRuntime Runtime => client.Pipeline.Runtime;

    public async Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        (string text, FloraPart last) = await client.Traced.AnswerAsync(Call(chatHistory, executionSettings), cancellationToken).ConfigureAwait(false);
        return [new ChatMessageContent(AuthorRole.Assistant, text, last.Source.ModelId, metadata: ResultMetadata.Of(last.Source, last.End))];
    }

    public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
        UpdatesAsync(client.Traced.StreamAsync(Call(chatHistory, executionSettings), cancellationToken), cancellationToken);

    private TracedCall Call(ChatHistory history, PromptExecutionSettings? settings)
    {
        ArgumentNullException.ThrowIfNull(history);
        FloraCall call = SettingsReader.Read(settings);
        List<ChatMessage> messages = [.. history.Select(Message)];
        return new TracedCall(call.Settings, messages, client.Prepare(messages, call));
    }

    private static async IAsyncEnumerable<StreamingChatMessageContent> UpdatesAsync(
        IAsyncEnumerable<FloraPart> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (FloraPart part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return new StreamingChatMessageContent(AuthorRole.Assistant, part.Text, modelId: part.Source.ModelId, metadata: ResultMetadata.Of(part.Source, part.End));
        }
    }

#pragma warning disable SKEXP0001 // The conversion is public but marked experimental.
    private static ChatMessage Message(ChatMessageContent content) => content.ToChatMessage();
#pragma warning restore SKEXP0001
}
