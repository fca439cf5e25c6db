using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Services;
using Microsoft.SemanticKernel.TextGeneration;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace FLoRA.SemanticKernel;

/// <summary>Semantic Kernel's text service: every model goes on from the raw prompt, also one with a chat template.</summary>
internal sealed class FloraTextGenerationService(FloraChatClient client) : ITextGenerationService, IFloraService
{
    private readonly Dictionary<string, object?> _attributes = new() { [AIServiceExtensions.ModelIdKey] = client.Pipeline.Runtime.ModelId };

    public IReadOnlyDictionary<string, object?> Attributes => _attributes;

    public FloraRuntime Runtime => client.Pipeline.Runtime;

    public async Task<IReadOnlyList<TextContent>> GetTextContentsAsync(
        string prompt, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        (string text, FloraPart last) = await client.Traced.AnswerAsync(Call(prompt, executionSettings), cancellationToken).ConfigureAwait(false);
        return [new TextContent(text, last.Source.ModelId, metadata: ResultMetadata.Of(last.Source, last.End))];
    }

    public IAsyncEnumerable<StreamingTextContent> GetStreamingTextContentsAsync(
        string prompt, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
        UpdatesAsync(client.Traced.StreamAsync(Call(prompt, executionSettings), cancellationToken), cancellationToken);

    private TracedCall Call(string prompt, PromptExecutionSettings? settings)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        FloraCall call = SettingsReader.Read(settings);
        if (call.Settings.Instructions is not null)
            throw new NotSupportedException("The setting 'chat_system_prompt' is not supported by FLoRA's text service: it has no conversation.");
        return new TracedCall(
            call.Settings,
            [new ChatMessage(ChatRole.User, prompt)],
            (activity, cancellationToken) => client.Pipeline.StreamAsync(call, (_, request) => request with { Prompt = prompt }, activity, cancellationToken));
    }

    private static async IAsyncEnumerable<StreamingTextContent> UpdatesAsync(
        IAsyncEnumerable<FloraPart> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (FloraPart part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return new StreamingTextContent(part.Text, modelId: part.Source.ModelId, metadata: ResultMetadata.Of(part.Source, part.End));
    }
}
