using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

internal sealed class ChatClientFace(IChatClient client) : ServiceFace
{
    internal override IEnumerable<(string Name, object Options)> Refused =>
    [
        ("Tools", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] }),
        ("ToolMode", new ChatOptions { ToolMode = ChatToolMode.RequireAny }),
        ("ResponseFormat", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }),
        ("ConversationId", new ChatOptions { ConversationId = "c" }),
        ("AllowBackgroundResponses", new ChatOptions { AllowBackgroundResponses = true }),
        ("adapterid", new ChatOptions { AdditionalProperties = new() { ["adapterid"] = Tinycoder.Lua } }),
    ];

    internal override IEnumerable<object> Harmless =>
    [
        new ChatOptions { MaxOutputTokens = 8, Tools = [], ToolMode = ChatToolMode.Auto, AllowMultipleToolCalls = true },
        new ChatOptions { MaxOutputTokens = 8, ResponseFormat = ChatResponseFormat.Text },
        new ChatOptions { MaxOutputTokens = 8, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } },
        new ChatOptions { MaxOutputTokens = 8, RawRepresentationFactory = _ => new object() },
    ];

    internal override object Options(FloraPromptExecutionSettings settings) => settings.ToChatOptions(null)!;

    internal override async Task<ServiceAnswer> AskAsync(string prompt, object? options, CancellationToken cancellationToken)
    {
        ChatResponse response = await client.GetResponseAsync(Messages(prompt), (ChatOptions?)options, cancellationToken);
        Metadata(response.AdditionalProperties)![FloraKeys.FinishReason].ShouldBe(response.FinishReason!.Value.Value);
        response.Usage!.TotalTokenCount.ShouldBe(((UsageDetails)response.AdditionalProperties![FloraKeys.Usage]!).TotalTokenCount);
        return new ServiceAnswer(response.Text, response.ModelId, Metadata(response.AdditionalProperties));
    }

    internal override IAsyncEnumerable<ServiceAnswer> StreamAsync(string prompt, object? options, CancellationToken cancellationToken) =>
        client.GetStreamingResponseAsync(Messages(prompt), (ChatOptions?)options, cancellationToken)
            .Select(update => new ServiceAnswer(update.Text, update.ModelId, Metadata(update.AdditionalProperties)));

    internal override Task AskNothingAsync(CancellationToken cancellationToken) => client.GetResponseAsync([], null, cancellationToken);

    private static List<ChatMessage> Messages(string prompt) => prompt is null ? null! : [new(ChatRole.User, prompt)];

    // The client tells the adapter by the settings' name too.
    private static Dictionary<string, object?>? Metadata(AdditionalPropertiesDictionary? properties) =>
        properties?.Where(p => p.Key != FloraKeys.AdapterId).ToDictionary();
}
