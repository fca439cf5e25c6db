using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>The rules of one row, before the filters, and the log-probability that is left of a token.</summary>
internal static class RowRules
{
    /// <summary>Copies the raw logits and applies the rules in order.</summary>
    public static void Apply(ReadOnlySpan<float> raw, in SampleRow row, Span<float> remaining)
    {
        raw.CopyTo(remaining);
        int[] sampled = [.. row.GeneratedTokens];
        foreach (ITokenRule rule in row.Rules!)
            rule.Apply(remaining, sampled);
    }

    /// <summary>log softmax of the row at <paramref name="id"/>, summed in float64.</summary>
    public static float Logprob(ReadOnlySpan<float> logits, int id)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits)
            largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        return (float)(logits[id] - largest - Math.Log(sum));
    }
}
