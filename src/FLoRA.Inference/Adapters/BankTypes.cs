using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>How adapters lie in the bank.</summary>
/// <param name="Scale">Type of A and B.</param>
/// <param name="ArePairsInEightBits">D and U are rounded to eight bits, for kernels of our own; else they have the type of A and B.</param>
internal readonly record struct BankTypes(ScalarType Scale, bool ArePairsInEightBits)
{
    /// <summary>All of the engine's type.</summary>
    public static BankTypes Of(ScalarType dtype) => new(dtype, ArePairsInEightBits: false);

    /// <summary>
    /// Beside weights of eight bits, where an adapter's own bytes are felt. A and B are factors on what was or will be rounded to eight bits: bfloat16, whose roundings (2^-9) are a tenth of those, and which is widened
    /// by a shift. D and U are products of their own: eight bits, as the weights.
    /// </summary>
    public static BankTypes OfEightBit { get; } = new(ScalarType.BFloat16, ArePairsInEightBits: true);
}
