using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// Ids that occur in the prompt or the output become less likely: positive logits are divided by the penalty, negative ones
/// multiplied (Keskar et al., CTRL, 2019, section 4.1, in the form that transformers gave it).
/// </summary>
internal sealed class RepetitionPenaltyFilter : LogitFilter
{
    private static readonly TorchSharp.Scalar Zero = 0;

    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) => options.RepetitionPenalty != 1;

    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        int vocabulary = (int)logits.size(1);
        long[] seen = TokenPositions.Flatten(rows, vocabulary, row => row.PromptTokens, row => row.GeneratedTokens);
        if (seen.Length == 0)
            return logits;
        double[] penalties = Array.ConvertAll(seen, position => rows[(int)(position / vocabulary)].Options.RepetitionPenalty);
        Tensor index = tensor(seen, device: logits.device);
        Tensor penalty = tensor(penalties, device: logits.device);
        Tensor flat = logits.view(-1);
        Tensor value = flat.index_select(0, index);

        // A repeated id is read before anything is written, so each of its writes stores the same number.
        flat.index_copy_(0, index, where(value.gt(Zero), value.div(penalty), value.mul(penalty)));
        return logits;
    }
}
