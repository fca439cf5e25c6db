using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// Presence and frequency penalty over the generated ids (OpenAI API): logit -= presence x [count > 0] + frequency x count.
/// </summary>
internal sealed class OccurrencePenaltyFilter : LogitFilter
{
    private static readonly TorchSharp.Scalar Zero = 0;

    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) =>
        options.PresencePenalty != 0 || options.FrequencyPenalty != 0;

    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        long[] generated = TokenPositions.Flatten(rows, (int)logits.size(1), row => row.GeneratedTokens);
        if (generated.Length == 0)
            return logits;
        Tensor index = tensor(generated, device: logits.device);

        // Sums of ones are exact: the order in which a device adds them does not matter.
        Tensor count = zeros_like(logits);
        count.view(-1).scatter_add_(0, index, ones(generated.Length, float64, logits.device));
        Tensor frequency = count.mul(Column(logits, rows, options => options.FrequencyPenalty));
        Tensor presence = count.gt(Zero).mul(Column(logits, rows, options => options.PresencePenalty));
        return logits.sub_(frequency).sub_(presence);
    }
}
