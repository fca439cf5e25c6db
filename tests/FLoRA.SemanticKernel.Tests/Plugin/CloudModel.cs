using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>
/// A cloud model by hand: asks for tool calls, one after another or all at once, and answers with the last result. Thread-safe; what it
/// has asked for already it reads from the conversation, as a real one does.
/// </summary>
/// <param name="calls">Tool calls, with their arguments as JSON text.</param>
internal sealed class CloudModel(params (string Tool, string Arguments)[] calls) : IChatClient
{
    internal bool AsksAtOnce { get; init; }

    /// <summary>Tools that the last request offered.</summary>
    internal IReadOnlyList<AITool> Offered { get; private set; } = [];

    /// <summary>Results that the last request told, as a client would send them: a string as it is, everything else as JSON.</summary>
    internal IReadOnlyList<string> Results { get; private set; } = [];

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Offered = [.. options?.Tools ?? []];
        string[] results = [.. messages.SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => r.Result as string ?? JsonSerializer.Serialize(r.Result))];
        Results = results;
        AIContent[] contents = [.. calls.Skip(results.Length).Take(AsksAtOnce ? calls.Length : 1).Select((call, i) => Call($"call-{results.Length + i}", call))];
        ChatMessage answer = contents.Length > 0 ? new(ChatRole.Assistant, contents) : new(ChatRole.Assistant, results[^1]);
        return Task.FromResult(new ChatResponse(answer) { FinishReason = contents.Length > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop });
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (ChatResponseUpdate update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("cloud", null, "cloud-1") : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    // A name that is not offered as it is has the plugin's before it.
    private FunctionCallContent Call(string id, (string Tool, string Arguments) call) => FunctionCallContent.CreateFromParsedArguments(
        call.Arguments,
        id,
        Offered.Single(t => t.Name == call.Tool || t.Name.EndsWith($"_{call.Tool}", StringComparison.Ordinal) || t.Name.EndsWith($"-{call.Tool}", StringComparison.Ordinal)).Name,
        json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json));
}
