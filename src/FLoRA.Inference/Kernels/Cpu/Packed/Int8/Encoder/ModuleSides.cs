namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>A module under an adapter: y = factors * (row's scale x (sums - row's zero x weight sums)) + bias, over rows B * x that were rounded. Valid within one unit of work.</summary>
internal unsafe struct ModuleSides
{
    /// <summary>W0, or the weight that was formed.</summary>
    public Int8Operand Operand;

    /// <summary>B [in]; null: ones.</summary>
    public float* InputScale;

    /// <summary>Scales of the weight's outputs times A [padded out].</summary>
    public float* Factors;

    /// <summary>Sums of the weight's bytes over the inputs [padded out].</summary>
    public int* Sums;

    /// <summary>beta * b [padded out]; zeros where there is none.</summary>
    public float* Bias;
}
