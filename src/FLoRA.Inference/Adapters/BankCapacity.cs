namespace FLoRA.Inference.Adapters;

/// <summary>What a bank can hold at the same time.</summary>
/// <param name="Bytes">Budget for the adapters' bytes.</param>
/// <param name="Rows">Size of the space of scaled rows, the neutral one included.</param>
/// <param name="PairRows">Size of the space of additive rows; 0 where pairs are no tensors.</param>
internal sealed record BankCapacity(long Bytes, int Rows, int PairRows)
{
    /// <summary>Largest row space: a row map stays small, and memory of a module is far below what one tensor may have.</summary>
    private const int MostRows = 1 << 16;

    /// <summary>Address space that is reserved per byte of the budget, where memory is taken by the first touch.</summary>
    private const int Reserve = 4;

    /// <summary>Enough for measurements and tests.</summary>
    public static BankCapacity Small { get; } = new(long.MaxValue, 2048, 2048);

    /// <summary>
    /// Tensors are made once, at their capacity: nothing is copied when adapters come. Where memory is taken by the first touch more rows are reserved than fit if every module had a part of them, because adapters of
    /// few modules fill the budget too; elsewhere the two spaces share it.
    /// </summary>
    /// <param name="bytes">Budget.</param>
    /// <param name="layout">The bank's.</param>
    /// <param name="isTakenByTouch">Memory of the CPU under an operating system that hands out pages when they are touched.</param>
    public static BankCapacity For(long bytes, BankLayout layout, bool isTakenByTouch)
    {
        long reserved = isTakenByTouch ? (bytes > long.MaxValue / Reserve ? long.MaxValue : bytes * Reserve) : bytes / (layout.PairRowBytes > 0 ? 2 : 1);
        int Rows(long rowBytes) => rowBytes == 0 ? 0 : (int)Math.Clamp(reserved / rowBytes, 1, MostRows);
        return new BankCapacity(bytes, Rows(layout.ScaledRowBytes) + 1, Rows(layout.PairRowBytes));
    }

    /// <summary>Whether an adapter fits an empty bank.</summary>
    public bool Fits(AdapterImage image) => image.BankBytes <= Bytes && image.ScaledRows < Rows && (PairRows == 0 || image.PairRank <= PairRows);
}
