namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What one token takes of a module. Points into the bank: valid until its rows change.</summary>
internal unsafe struct TokenRows
{
    /// <summary>First row of the product and number of rows; the adapter's rows follow one another.</summary>
    public int First, Count;

    /// <summary>B and A, from the adapter's first row on; null: not scaled.</summary>
    public AdapterNumbers InputScale, OutputScale;

    /// <summary>beta * b, or b; null: none.</summary>
    public float* Bias;
}

/// <summary>A token's additive pair in float32: D [rank, in] and U transposed [rank, out]. Points into the bank.</summary>
internal unsafe struct SinglePair
{
    public float* Down, Up;

    /// <summary>0: no pair.</summary>
    public int Rank;
}
