using FLoRA.Inference.Text;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Conversations for a model that only goes on with code: what people say is a comment, what the assistant said is code.</summary>
internal static class CodeConversation
{
    internal const int MaxTokens = 16;

    internal static string Write(IReadOnlyList<ChatTurn> turns) =>
        string.Concat(turns.Select(t => t.Role == "assistant" ? $"{t.Content}\n" : $"-- {t.Content.ReplaceLineEndings("\n-- ")}\n")) + "local function ";

    internal static AIAgent Agent(IChatClient client, string adapter, string instructions) =>
        new ChatClientAgent(client, new ChatClientAgentOptions { Name = adapter, ChatOptions = Options(adapter, instructions) });

    /// <summary>Every answer has the same number of tokens.</summary>
    internal static ChatOptions Options(string adapter, string instructions) => new()
    {
        Instructions = instructions,
        MaxOutputTokens = MaxTokens,
        AdditionalProperties = new() { [FloraKeys.AdapterId] = adapter, [FloraKeys.IgnoreEos] = true },
    };

    internal static async Task<AgentResponse> RunAsync(AIAgent agent, bool streaming, string message, AgentSession? session = null, AgentRunOptions? options = null)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        return streaming
            ? (await agent.RunStreamingAsync(message, session, options, cancel).ToListAsync(cancel)).ToAgentResponse()
            : await agent.RunAsync(message, session, options, cancel);
    }
}
