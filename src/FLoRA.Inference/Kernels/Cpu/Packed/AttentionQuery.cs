namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What one token attends to: keys and values of a block table.</summary>
internal unsafe struct TokenView
{
    /// <summary>Block numbers, in order.</summary>
    public int* Blocks;

    /// <summary>First position that is seen.</summary>
    public int First;

    /// <summary>Behind the last position that is seen.</summary>
    public int End;
}

/// <summary>One head of one token that asks.</summary>
internal unsafe struct AttentionQuery
{
    /// <summary>[head dim].</summary>
    public float* Query;

    /// <summary>[head dim]: the result.</summary>
    public float* Output;

    /// <summary>Behind the last position that it sees.</summary>
    public int End;
}
