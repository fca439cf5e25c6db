namespace FLoRA.Inference.Text;

/// <summary>What is new in a <see cref="TextStream"/>.</summary>
/// <param name="Text">
/// Whole code points that can no longer be part of a stop string; "" while a code point or a possible stop string is
/// incomplete, and always without a tokenizer.
/// </param>
/// <param name="Tokens">Tokens listed with it; none in a last update that only gives out text held back.</param>
public sealed record TextUpdate(string Text, IReadOnlyList<GeneratedToken> Tokens);

/// <summary>A <see cref="TextStream"/> read to its end.</summary>
/// <param name="Text">The updates' texts, joined; null if the model has no tokenizer.</param>
/// <param name="Tokens">Without the end token, with those of a stop string.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PromptTokens">Length of the prompt in tokens.</param>
/// <param name="CompletionTokens">Number of <paramref name="Tokens"/>.</param>
/// <param name="Timing">Queue, first token, total.</param>
public sealed record TextResult(
    string? Text,
    IReadOnlyList<GeneratedToken> Tokens,
    FinishReason FinishReason,
    int PromptTokens,
    int CompletionTokens,
    StreamTiming Timing)
{
    /// <summary>Tokens of the prompt that an earlier request with an equal beginning had left in the cache.</summary>
    public int CachedPromptTokens { get; init; }
}
