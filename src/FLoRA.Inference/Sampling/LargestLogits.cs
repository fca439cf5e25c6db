using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>Keeps a given number of the largest logits of each row.</summary>
internal static class LargestLogits
{
    private static readonly TorchSharp.Scalar MinusInfinity = double.NegativeInfinity;

    /// <summary>
    /// All but the <paramref name="count"/> largest logits of each row become minus infinity. Of equal logits the lower ids
    /// stay, so the result does not depend on how a device orders equals.
    /// </summary>
    /// <param name="logits">float64 [rows, vocabulary].</param>
    /// <param name="smallest">The smallest logit that stays, float64 [rows, 1].</param>
    /// <param name="count">How many stay, int64 [rows, 1], at least 1.</param>
    public static Tensor Keep(Tensor logits, Tensor smallest, Tensor count)
    {
        Tensor above = logits.gt(smallest);
        Tensor equal = logits.eq(smallest);
        Tensor roomForEquals = count.sub(above.sum(1, keepdim: true, type: int64));
        Tensor kept = above.logical_or_(equal.logical_and(equal.cumsum(1, int64).le(roomForEquals)));
        return logits.masked_fill_(kept.logical_not_(), MinusInfinity);
    }
}
