using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>How adapters lie in the bank.</summary>
/// <param name="Scale">Type of A and B.</param>
/// <param name="Pair">Type of D and U where they are tensors.</param>
/// <param name="IsEightBit">They stand beside weights of eight bits.</param>
/// <param name="ArePairsInEightBits">D and U are rounded to eight bits, for kernels of our own.</param>
internal readonly record struct BankTypes(ScalarType Scale, ScalarType Pair, bool IsEightBit, bool ArePairsInEightBits)
{
    /// <summary>All of the engine's type.</summary>
    public static BankTypes Of(ScalarType dtype) => new(dtype, dtype, IsEightBit: false, ArePairsInEightBits: false);

    /// <summary>
    /// Beside weights of eight bits, where an adapter's own bytes are felt. A and B are factors on what was or will be rounded to eight bits: bfloat16, whose roundings (2^-9) are a tenth of those, and which is widened
    /// by a shift. D and U are products of their own: eight bits, as the weights.
    /// </summary>
    /// <param name="form">Batched products take D and U in float32.</param>
    public static BankTypes OfEightBit(LoraForm form) => new(ScalarType.BFloat16, ScalarType.Float32, IsEightBit: true, form == LoraForm.Fastest);
}
