namespace FLoRA.Inference.Adapters;

/// <summary>
/// An adapter in host memory in the form that it has in the bank: all rounding is done, so that installing it copies bytes. Immutable;
/// made by <see cref="AdapterPacker"/> on the thread that loads.
/// </summary>
internal sealed record AdapterImage
{
    /// <summary>What it is; its numbers are there only where the layout keeps them.</summary>
    public required Adapter Adapter { get; init; }

    /// <summary>Rows by module index; 0 where the module is not scaled.</summary>
    public required int[] RowCounts { get; init; }

    /// <summary>Sides scaled, by module index.</summary>
    public required ModuleScales[] Scales { get; init; }

    /// <summary>Rank of the additive pair by module index; 0 where there is none.</summary>
    public required int[] AdditiveRanks { get; init; }

    /// <summary>What it has of each module that it changes.</summary>
    public required IReadOnlyList<ModuleImage> Modules { get; init; }

    /// <summary>Bytes of host memory.</summary>
    public required long HostBytes { get; init; }

    /// <summary>Bytes that it takes in the bank.</summary>
    public required long BankBytes { get; init; }

    /// <summary>Rows that it takes in the bank: those of its widest module; 0 where nothing is scaled.</summary>
    public int ScaledRows => RowCounts.Max();

    /// <summary>The largest rank of its pairs; 0: no pair.</summary>
    public int PairRank => AdditiveRanks.Max();
}

/// <summary>The bytes of one module. Null: that side is all ones, or there is no pair.</summary>
/// <param name="Module">Index of the module.</param>
/// <param name="InputScale">B [rows, in] in the bank's type.</param>
/// <param name="OutputScale">A [rows, out] in the bank's type.</param>
/// <param name="BiasScale">beta [out].</param>
/// <param name="Down">D [rank, in] in the bank's type.</param>
/// <param name="Up">U transposed [rank, out] in the bank's type.</param>
/// <param name="Pair">D and U in eight bits, as <see cref="Kernels.Cpu.Packed.Int8.Int8PairForm"/> lays them.</param>
internal sealed record ModuleImage(int Module, byte[]? InputScale, byte[]? OutputScale, float[]? BiasScale, byte[]? Down, byte[]? Up, byte[]? Pair)
{
    /// <summary>Bytes of host memory.</summary>
    public long Bytes => Length(InputScale) + Length(OutputScale) + ((BiasScale?.LongLength ?? 0) * sizeof(float)) + Length(Down) + Length(Up) + Length(Pair);

    private static long Length(byte[]? bytes) => bytes?.LongLength ?? 0;
}
