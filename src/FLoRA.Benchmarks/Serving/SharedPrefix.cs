namespace FLoRA.Benchmarks.Serving;

/// <summary>What prompts have in common at their beginning, such as the system prompt of several agents.</summary>
/// <param name="Tokens">Its length.</param>
/// <param name="IsKnown">Requests before the measured ones had it too; else it is new with them.</param>
public sealed record SharedPrefix(int Tokens, bool IsKnown)
{
    /// <summary>Prompts begin differently.</summary>
    public static SharedPrefix None { get; } = new(0, false);
}
