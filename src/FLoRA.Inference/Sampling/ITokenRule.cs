namespace FLoRA.Inference.Sampling;

/// <summary>A rule over one row of logits on the host that depends on the tokens chosen so far, such as Whisper's timestamp rules. Stateless.</summary>
internal interface ITokenRule
{
    /// <summary>Changes the row.</summary>
    /// <param name="logits">[vocabulary]; minus infinity: the token cannot be chosen.</param>
    /// <param name="sampled">Tokens chosen since the end of the prompt.</param>
    void Apply(Span<float> logits, ReadOnlySpan<int> sampled);
}

/// <summary>Asks for the softmax of the raw logits after one token of the prompt.</summary>
/// <param name="PromptIndex">Which token.</param>
/// <param name="Ids">The ids whose probabilities are wanted.</param>
internal sealed record TokenProbe(int PromptIndex, IReadOnlyList<int> Ids);
