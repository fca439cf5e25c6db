using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// Keeps the smallest set of tokens whose probability reaches p, the token that crosses it included (Holtzman et al.,
/// The Curious Case of Neural Text Degeneration, 2020).
/// </summary>
internal sealed class TopPFilter : LogitFilter
{
    private static readonly TorchSharp.Scalar One = 1;

    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) => !options.IsGreedy && options.TopP < 1;

    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        (Tensor sorted, Tensor ids) = Descending(logits, rows);

        // The softmax runs over the unsorted row, so its last bits do not depend on how many candidates were sorted.
        Tensor reached = logits.softmax(1).gather(1, ids).cumsum(1);
        Tensor below = reached.lt(Column(logits, rows, options => options.TopP)).sum(1, keepdim: true, type: int64);
        using TorchSharp.Scalar lastRank = sorted.size(1) - 1;
        Tensor crossing = below.clamp_max(lastRank);
        return LargestLogits.Keep(logits, sorted.gather(1, crossing), crossing.add(One));
    }

    /// <summary>Every candidate of each row in descending order: behind a top-k only so many are left to sort.</summary>
    private static (Tensor Values, Tensor Ids) Descending(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        long vocabulary = logits.size(1);
        long candidates = rows.Max(row => row.Options.TopK > 0 ? row.Options.TopK : vocabulary);
        return candidates < vocabulary ? logits.topk((int)candidates) : logits.sort(1, descending: true);
    }
}
