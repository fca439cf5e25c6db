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

    /// <summary>log softmax of the row at <paramref name="id"/>.</summary>
    public static float Logprob(ReadOnlySpan<float> logits, int id) => (float)(logits[id] - RowScan.LogSumExp(logits));
}
