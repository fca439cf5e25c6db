namespace FLoRA.Inference.Speech.Transcription.Rules;

/// <summary>Tokens that are never sampled.</summary>
internal sealed class SuppressRule(IReadOnlyList<int> tokens) : TokenRule
{
    public override void Apply(Span<float> logits, ReadOnlySpan<int> sampled) => Forbid(logits, tokens);
}

/// <summary>Tokens that are not sampled first: a window neither begins with a blank nor is empty.</summary>
internal sealed class BeginSuppressRule(IReadOnlyList<int> tokens) : TokenRule
{
    public override void Apply(Span<float> logits, ReadOnlySpan<int> sampled)
    {
        if (sampled.IsEmpty)
            Forbid(logits, tokens);
    }
}
