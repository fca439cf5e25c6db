namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What a product's panels multiply.</summary>
internal unsafe struct PanelInput
{
    /// <summary>[tokens, in].</summary>
    public float* Rows;

    /// <summary>Numbers from token to token.</summary>
    public long Stride;

    /// <summary>Where rows of adapters are.</summary>
    public float* Room;
}
