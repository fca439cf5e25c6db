using FLoRA.Inference.Kernels.Cpu.Packed.Int8;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Rows that follow one another and are multiplied by one weight. Points into the bank.</summary>
internal struct RowSegment
{
    /// <summary>First row and rows.</summary>
    public int First, Count;

    /// <summary>Rows of the adapter that the weight is formed with; 0: it is the model's own.</summary>
    public int Rank;

    /// <summary>The adapter, beside weights of eight bits.</summary>
    public Int8Forming EightBit;

    /// <summary>The adapter, beside weights of float32.</summary>
    public PanelAdapter Single;
}
