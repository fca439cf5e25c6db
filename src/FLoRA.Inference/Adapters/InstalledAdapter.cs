using FLoRA.Inference.Kernels.Cpu.Packed.Int8;

namespace FLoRA.Inference.Adapters;

/// <summary>What a module adapter touches besides the base product.</summary>
[Flags]
internal enum ModuleScales
{
    /// <summary>Nothing: one plain row.</summary>
    None = 0,

    /// <summary>B on the input side.</summary>
    Input = 1,

    /// <summary>A on the output side.</summary>
    Output = 2,

    /// <summary>beta on the bias.</summary>
    Bias = 4,
}

/// <summary>
/// Where an adapter lies in the bank. Its rows are [RowStart, RowStart + Width) in every module's bank; a module that needs
/// fewer uses the first ones, so one row map serves all modules of one rank signature.
/// </summary>
internal sealed class InstalledAdapter
{
    /// <summary>What it is.</summary>
    public required Adapter Adapter { get; init; }

    /// <summary>Counts the installations of a bank: orders those of a step.</summary>
    public int Ordinal { get; init; }

    /// <summary>First row; 0 where the adapter scales nothing (LoRA).</summary>
    public required int RowStart { get; init; }

    /// <summary>Rows taken in the bank; 0 where nothing is scaled.</summary>
    public required int ScaledRows { get; init; }

    /// <summary>Rows by module index; 0 where the module is not scaled.</summary>
    public required int[] RowCounts { get; init; }

    /// <summary>Sides scaled, by module index.</summary>
    public required ModuleScales[] Scales { get; init; }

    /// <summary>First row of the additive pair; -1 where there is none, or it is in eight bits.</summary>
    public required int AdditiveStart { get; init; }

    /// <summary>The largest rank of its pairs; 0: no pair. Rows taken, where pairs are tensors.</summary>
    public required int AdditiveRows { get; init; }

    /// <summary>Rank of the additive pair by module index; 0 where there is none.</summary>
    public required int[] AdditiveRanks { get; init; }

    /// <summary>Its pairs in eight bits; null: none, or they are tensors.</summary>
    public PairBlock? EightBitPairs { get; init; }

    /// <summary>True if some module has scaled rows.</summary>
    public bool IsScaled => ScaledRows > 0;

    /// <summary>True if some module has an additive pair.</summary>
    public bool IsAdditive => AdditiveRows > 0;
}
