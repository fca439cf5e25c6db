namespace FLoRA.Benchmarks.Quality;

/// <summary>How two models' next-token distributions differ at one position.</summary>
/// <param name="Kl">KL(reference || other) over the vocabulary, nats.</param>
/// <param name="SameTop">Both find the same id most likely.</param>
/// <param name="ReferenceLogprob">Of the stored next id under the reference.</param>
/// <param name="Logprob">Of the stored next id under the other.</param>
internal readonly record struct Divergence(double Kl, bool SameTop, double ReferenceLogprob, double Logprob)
{
    /// <summary>Compares two rows of logits, each as long as the vocabulary, in float64.</summary>
    /// <param name="reference">Of the reference.</param>
    /// <param name="other">Of the other.</param>
    /// <param name="nextId">The stored next id.</param>
    public static Divergence Of(ReadOnlySpan<float> reference, ReadOnlySpan<float> other, int nextId)
    {
        double referenceNorm = LogSumExp(reference), otherNorm = LogSumExp(other), kl = 0;
        int referenceTop = 0, otherTop = 0;
        for (int id = 0; id < reference.Length; id++)
        {
            double p = reference[id] - referenceNorm;
            kl += Math.Exp(p) * (p - (other[id] - otherNorm));
            referenceTop = reference[id] > reference[referenceTop] ? id : referenceTop;
            otherTop = other[id] > other[otherTop] ? id : otherTop;
        }

        return new Divergence(kl, referenceTop == otherTop, reference[nextId] - referenceNorm, other[nextId] - otherNorm);
    }

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float largest = logits[0];
        foreach (float logit in logits)
            largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp((double)logit - largest);
        return largest + Math.Log(sum);
    }
}
