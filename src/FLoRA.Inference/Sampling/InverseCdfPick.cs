using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>Picks one token per row by inverting the cumulative distribution at a given number.</summary>
internal static class InverseCdfPick
{
    /// <summary>The first id whose cumulative probability exceeds u. A token of probability 0 is never it.</summary>
    /// <param name="logits">Filtered logits, float64 [rows, vocabulary]; minus infinity: not a candidate.</param>
    /// <param name="uniform">u in [0, 1), float64 [rows, 1].</param>
    /// <returns>int64 [rows].</returns>
    public static Tensor Pick(Tensor logits, Tensor uniform)
    {
        Tensor cumulative = logits.softmax(1).cumsum(1);
        Tensor total = cumulative.narrow(1, cumulative.size(1) - 1, 1).contiguous();

        // u x total may round up to the total itself: the pick ends at the last token that added anything.
        Tensor first = searchsorted(cumulative, uniform.mul(total), right: true);
        Tensor last = searchsorted(cumulative, total, right: false);
        using TorchSharp.Scalar end = cumulative.size(1) - 1;
        return first.minimum(last).clamp_max_(end).squeeze(1);
    }
}
