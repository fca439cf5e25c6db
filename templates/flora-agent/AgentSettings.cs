using FLoRA.SemanticKernel;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace FloraAgent;

/// <summary>An entry of "Agents" in appsettings.json.</summary>
public sealed class AgentSettings
{
    /// <summary>What the agent is called.</summary>
    public required string Name { get; init; }

    /// <summary>The adapter that answers for it; without one the base model does.</summary>
    public string? Adapter { get; init; }

    /// <summary>The system message; without one there is none.</summary>
    public string? Instructions { get; init; }

    /// <summary>Most tokens of an answer.</summary>
    public int MaxOutputTokens { get; init; } = 256;

    /// <summary>An agent over the model, with this adapter.</summary>
    public AIAgent Create(FloraChatClient client) => new ChatClientAgent(client, new ChatClientAgentOptions
    {
        Name = Name,
        ChatOptions = new ChatOptions
        {
            Instructions = Instructions,
            MaxOutputTokens = MaxOutputTokens,
            AdditionalProperties = Adapter is null ? null : new() { [FloraKeys.AdapterId] = Adapter },
        },
    });
}
