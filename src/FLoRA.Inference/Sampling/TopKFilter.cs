using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>Keeps the k largest logits (Fan et al., Hierarchical Neural Story Generation, 2018).</summary>
internal sealed class TopKFilter : LogitFilter
{
    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) =>
        !options.IsGreedy && options.TopK > 0 && options.TopK < vocabulary;

    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        long[] k = new long[rows.Count];
        for (int row = 0; row < k.Length; row++)
            k[row] = rows[row].Options.TopK;
        Tensor count = tensor(k, k.Length, 1, device: logits.device);
        long[] last = Array.ConvertAll(k, rank => rank - 1);
        (Tensor largest, _) = logits.topk((int)k.Max());
        return LargestLogits.Keep(logits, largest.gather(1, tensor(last, last.Length, 1, device: logits.device)), count);
    }
}
