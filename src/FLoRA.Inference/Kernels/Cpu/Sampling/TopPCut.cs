using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>
/// Finds the token whose probability makes the sum of the most likely ones reach p, without sorting the row: the mass is
/// gathered in narrow buckets of the distance from the largest logit, and only the bucket where it crosses p is sorted.
/// </summary>
internal static class TopPCut
{
    private const int Buckets = 2048;

    /// <summary>Distance that the buckets cover; the last one takes all beyond (e^-40 of the largest weight).</summary>
    private const double LargestDistance = 40;

    private const double BucketsPerUnit = Buckets / LargestDistance;

    /// <summary>Rows that are sorted as a whole.</summary>
    private const int FewCandidates = 256;

    /// <summary>The cut.</summary>
    /// <param name="logits">[n]; minus infinity: no candidate.</param>
    /// <param name="weights">exp(logits - largest), [n].</param>
    /// <param name="largest">The largest logit.</param>
    /// <param name="total">Sum of the weights.</param>
    /// <param name="p">Mass to reach, above 0 and below 1.</param>
    public static RowCut Find(ReadOnlySpan<double> logits, ReadOnlySpan<double> weights, double largest, double total, double p)
    {
        double[] candidates = ArrayPool<double>.Shared.Rent(logits.Length), masses = ArrayPool<double>.Shared.Rent(logits.Length);
        try
        {
            // All lighter tokens together weigh less than half of what p leaves out: the crossing is above.
            double lightest = 0.5 * (1 - p) * total / logits.Length;
            double before = 0;
            int count;
            if (logits.Length <= FewCandidates)
                count = Gather(logits, weights, largest, 0, Buckets - 1, 0, candidates, masses);
            else
                (before, count) = GatherCrossing(logits, weights, largest, total, p, lightest, candidates, masses);
            return Cross(candidates.AsSpan(0, count), masses.AsSpan(0, count), before, total, p);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(candidates);
            ArrayPool<double>.Shared.Return(masses);
        }
    }

    /// <summary>The candidates of the bucket where the mass crosses p, and the probability of all before it.</summary>
    private static (double Before, int Count) GatherCrossing(
        ReadOnlySpan<double> logits, ReadOnlySpan<double> weights, double largest, double total, double p, double lightest, Span<double> candidates, Span<double> masses)
    {
        Span<double> mass = stackalloc double[Buckets];
        mass.Clear();
        int last = FillBuckets(logits, weights, largest, lightest, mass);
        double before = 0;
        int bucket = 0;
        while (bucket < last && before + (mass[bucket] / total) < p)
            before += mass[bucket++] / total;
        return (before, Gather(logits, weights, largest, bucket, bucket, lightest, candidates, masses));
    }

    private static int FillBuckets(ReadOnlySpan<double> logits, ReadOnlySpan<double> weights, double largest, double lightest, Span<double> mass)
    {
        int last = 0;
        ReadOnlySpan<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(weights);
        var border = Vector256.Create(lightest);
        for (int v = 0; v <= vectors.Length; v++)
        {
            if (v < vectors.Length && !Vector256.GreaterThanAny(vectors[v], border))
                continue;
            int end = v < vectors.Length ? (v + 1) * Vector256<double>.Count : weights.Length;
            for (int i = v * Vector256<double>.Count; i < end; i++)
            {
                int bucket = Bucket(largest - logits[i]);
                mass[bucket] += weights[i];
                last = Math.Max(last, weights[i] > lightest ? bucket : 0);
            }
        }

        return last;
    }

    private static int Gather(
        ReadOnlySpan<double> logits, ReadOnlySpan<double> weights, double largest, int first, int last, double lightest, Span<double> candidates, Span<double> masses)
    {
        int count = 0;
        ReadOnlySpan<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(weights);

        // Wider than the buckets by more than any rounding; who belongs is decided by the bucket itself.
        Vector256<double> heaviest = Vector256.Create(first == 0 ? double.PositiveInfinity : Math.Exp(-(first - 1) / BucketsPerUnit));
        Vector256<double> border = Vector256.Create(Math.Max(lightest, last == Buckets - 1 ? 0 : Math.Exp(-(last + 2) / BucketsPerUnit)));
        for (int v = 0; v <= vectors.Length; v++)
        {
            if (v < vectors.Length && (Vector256.GreaterThan(vectors[v], border) & Vector256.LessThan(vectors[v], heaviest)) == default)
                continue;
            int end = v < vectors.Length ? (v + 1) * Vector256<double>.Count : weights.Length;
            for (int i = v * Vector256<double>.Count; i < end; i++)
            {
                if (weights[i] == 0 || Bucket(largest - logits[i]) is var bucket && (bucket < first || bucket > last))
                    continue;
                candidates[count] = logits[i];
                masses[count++] = weights[i];
            }
        }

        return count;
    }

    private static RowCut Cross(Span<double> candidates, Span<double> masses, double before, double total, double p)
    {
        candidates.Sort(masses, static (a, b) => b.CompareTo(a));
        double reached = before;
        for (int i = 0; i < candidates.Length; i++)
        {
            reached += masses[i] / total;
            if (reached >= p)
                return At(candidates, i);
        }

        return RowCut.None;
    }

    private static RowCut At(ReadOnlySpan<double> sorted, int crossing)
    {
        double smallest = sorted[crossing];
        int first = crossing, end = crossing + 1;
        while (first > 0 && sorted[first - 1] == smallest)
            first--;
        while (end < sorted.Length && sorted[end] == smallest)
            end++;
        return new RowCut(smallest, crossing + 1 - first, end - crossing - 1);
    }

    private static int Bucket(double distance) => distance < LargestDistance ? Math.Clamp((int)(distance * BucketsPerUnit), 0, Buckets - 1) : Buckets - 1;
}
