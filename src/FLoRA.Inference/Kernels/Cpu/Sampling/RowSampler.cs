using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>The filters in the order of <see cref="SamplingOptions"/>, then the pick, over one row in float64.</summary>
internal static class RowSampler
{
    /// <summary>Chooses the id of one row.</summary>
    /// <param name="raw">Raw logits [vocabulary].</param>
    /// <param name="row">Options, tokens, seed.</param>
    /// <param name="logits">Scratch [vocabulary].</param>
    /// <param name="weights">Scratch [vocabulary].</param>
    /// <returns>An id of the vocabulary, also where logits are not finite.</returns>
    public static int Choose(ReadOnlySpan<float> raw, in SampleRow row, Span<double> logits, Span<double> weights)
    {
        SamplingOptions options = row.Options;
        RowMath.Widen(raw, logits);
        RowPenalties.Apply(logits, row, counts: weights);
        double largest = RowMath.Max(logits);
        if (options.IsGreedy)
            return Math.Max(0, logits.IndexOf(largest));
        if (options.Temperature != 1)
        {
            RowMath.ShiftAndDivide(logits, largest, options.Temperature);
            largest = 0;
        }

        if (options.TopK > 0 && options.TopK < logits.Length)
            TopKCut.Find(logits, options.TopK).Apply(logits);
        double total = RowMath.Exponentials(logits, largest, weights);
        if (options.TopP < 1)
            TopPCut.Find(logits, weights, largest, total, options.TopP).Apply(logits);
        double smallest = options.MinP > 0 ? largest + Math.Log(options.MinP) : double.MinValue;
        return RowPick.At(logits, weights, smallest, Philox.Uniform(row.Seed, (ulong)row.OutputIndex));
    }
}
