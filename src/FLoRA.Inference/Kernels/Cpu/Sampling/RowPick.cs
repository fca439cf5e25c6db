using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>Inverts the cumulative distribution of one row: sums of short blocks first, then only the block of the pick.</summary>
internal static class RowPick
{
    private const int BlockLength = 64;

    /// <summary>The first id whose cumulative weight exceeds <paramref name="uniform"/> x the sum of all weights. A token of weight 0 is never it.</summary>
    /// <param name="logits">[vocabulary]; minus infinity: no candidate.</param>
    /// <param name="weights">exp(logits - largest) of the candidates, [vocabulary]; those of others become 0.</param>
    /// <param name="smallest">Smaller logits are no candidates either.</param>
    /// <param name="uniform">u in [0, 1).</param>
    public static int At(ReadOnlySpan<double> logits, Span<double> weights, double smallest, double uniform)
    {
        int blocks = (weights.Length + BlockLength - 1) / BlockLength;
        double[]? large = blocks > 2048 ? new double[blocks] : null;
        Span<double> sums = large ?? stackalloc double[blocks];
        double total = 0;
        for (int block = 0; block < blocks; block++)
        {
            sums[block] = Sum(logits[Range(block, logits.Length)], weights[Range(block, weights.Length)], smallest);
            total += sums[block];
        }

        double target = uniform * total, reached = 0;
        int last = 0;
        for (int block = 0; block < blocks; block++)
        {
            if (reached + sums[block] > target || block == blocks - 1)
            {
                int picked = PickInBlock(weights[Range(block, weights.Length)], reached, target);
                return picked >= 0 ? (block * BlockLength) + picked : LastCandidate(weights, last);
            }

            reached += sums[block];
            if (sums[block] > 0)
                last = block;
        }

        return LastCandidate(weights, last);
    }

    private static double Sum(ReadOnlySpan<double> logits, Span<double> weights, double smallest)
    {
        Vector256<double> border = Vector256.Create(smallest), sum = default;
        int i = 0;
        for (; i + Vector256<double>.Count <= weights.Length; i += Vector256<double>.Count)
        {
            Vector256<double> kept = Vector256.Create<double>(weights[i..]) & Vector256.GreaterThanOrEqual(Vector256.Create(logits[i..]), border);
            kept.CopyTo(weights[i..]);
            sum += kept;
        }

        double total = Vector256.Sum(sum);
        for (; i < weights.Length; i++)
        {
            weights[i] = logits[i] >= smallest ? weights[i] : 0;
            total += weights[i];
        }

        return total;
    }

    /// <summary>Rounding may leave the target just above the block's last candidate: that one is it. -1: the block has none.</summary>
    private static int PickInBlock(ReadOnlySpan<double> weights, double reached, double target)
    {
        int last = -1;
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] > 0))
                continue;
            last = i;
            reached += weights[i];
            if (reached > target)
                return i;
        }

        return last;
    }

    private static int LastCandidate(ReadOnlySpan<double> weights, int block) =>
        Math.Max(0, (block * BlockLength) + PickInBlock(weights[Range(block, weights.Length)], 0, double.PositiveInfinity));

    private static Range Range(int block, int length) => (block * BlockLength)..Math.Min((block + 1) * BlockLength, length);
}
