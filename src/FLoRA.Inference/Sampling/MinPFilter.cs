using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// Drops tokens that are less likely than the given share of the most likely one (Nguyen et al., Min-p Sampling, 2024).
/// In logits: x stays where x >= max + log(share).
/// </summary>
internal sealed class MinPFilter : LogitFilter
{
    private static readonly TorchSharp.Scalar MinusInfinity = double.NegativeInfinity;

    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) => !options.IsGreedy && options.MinP > 0;

    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        Tensor smallest = logits.amax([-1], keepdim: true).add_(Column(logits, rows, options => Math.Log(options.MinP)));
        return logits.masked_fill_(logits.lt(smallest), MinusInfinity);
    }
}
