using static TorchSharp.torch;

namespace FLoRA.Bench.LoraBaseline;

/// <summary>
/// The paper's baseline: LoRA with an adapter per example as two batched products beside the dense one,
/// y = x W^T + bmm(bmm(x, D), U) (Wen and Chaudhuri 2024, section 3.2; one token per example, as in decoding).
/// The examples' pairs lie side by side before the time is taken, as fLoRA's rows do.
/// </summary>
/// <param name="transposed">W^T [in, out].</param>
/// <param name="down">[batch, in, rank].</param>
/// <param name="up">[batch, rank, out].</param>
internal sealed class BmmLora(Tensor transposed, Tensor down, Tensor up)
{
    /// <summary>[batch, in] -> [batch, out].</summary>
    public Tensor Forward(Tensor x)
    {
        Tensor y = x.mm(transposed);
        return y.add_(x.unsqueeze(1).bmm(down).bmm(up).squeeze(1));
    }
}
