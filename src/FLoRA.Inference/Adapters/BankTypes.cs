using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>How adapters lie in the bank.</summary>
/// <param name="Scale">Type of A and B.</param>
/// <param name="Added">Type of D and U.</param>
/// <param name="AreUpsInPanels">Whether U lies in panels of outputs; only kernels of our own read it so.</param>
internal readonly record struct BankTypes(ScalarType Scale, ScalarType Added, bool AreUpsInPanels)
{
    /// <summary>All of the engine's type.</summary>
    public static BankTypes Of(ScalarType dtype) => new(dtype, dtype, AreUpsInPanels: false);

    /// <summary>
    /// Beside weights of eight bits, where an adapter's own bytes are felt. A and B are factors on everything that passes: float16, whose roundings (2^-12) are far below those of the weights. What D and U add is
    /// small beside what it is added to: bfloat16, which is widened by a shift.
    /// </summary>
    public static BankTypes OfEightBit { get; } = new(ScalarType.Float16, ScalarType.BFloat16, AreUpsInPanels: true);
}
