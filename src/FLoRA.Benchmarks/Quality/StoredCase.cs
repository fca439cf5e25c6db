namespace FLoRA.Benchmarks.Quality;

/// <summary>A stored text: a prompt and what was generated after it.</summary>
/// <param name="Adapter">Name; null: the base.</param>
/// <param name="PromptTokens">Ids, at least one.</param>
/// <param name="GeneratedTokens">Ids that the reference chose.</param>
public sealed record StoredCase(string? Adapter, IReadOnlyList<int> PromptTokens, IReadOnlyList<int> GeneratedTokens)
{
    /// <summary>Prompt and generated ids: the text that both models are led along.</summary>
    public IReadOnlyList<int> Tokens { get; } = [.. PromptTokens, .. GeneratedTokens];
}
