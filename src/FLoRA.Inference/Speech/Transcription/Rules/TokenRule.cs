using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Speech.Transcription.Rules;

/// <summary>
/// One of Whisper's rules over one row of logits in host memory: what may not be sampled becomes minus infinity. Stateless and
/// thread-safe; at most one pass over the vocabulary.
/// </summary>
internal abstract class TokenRule : ITokenRule
{
    /// <summary>Applies the rule in place.</summary>
    /// <param name="logits">[vocabulary], as the rules before this one left them.</param>
    /// <param name="sampled">Tokens since the end of the decoder's input.</param>
    public abstract void Apply(Span<float> logits, ReadOnlySpan<int> sampled);

    /// <summary>Forbids ids; those beyond the vocabulary cannot come anyway.</summary>
    private protected static void Forbid(Span<float> logits, IReadOnlyList<int> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if ((uint)tokens[i] < (uint)logits.Length)
                logits[tokens[i]] = float.NegativeInfinity;
        }
    }

    /// <summary>Forbids the ids from <paramref name="begin"/> up to <paramref name="end"/>, which is free.</summary>
    private protected static void Forbid(Span<float> logits, int begin, int end)
    {
        int from = Math.Clamp(begin, 0, logits.Length);
        logits[from..Math.Clamp(end, from, logits.Length)].Fill(float.NegativeInfinity);
    }
}
