using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The register tile of this machine: rows of inputs times columns of weights whose sums stay in registers.</summary>
internal static class PanelShape
{
    /// <summary>Numbers of the input axis that are multiplied before the sums go back to memory: inputs and weights of that many stay in the first-level cache.</summary>
    public const int BlockInputs = 256;

    /// <summary>Rows of every buffer are padded to a multiple of this.</summary>
    public const int RowMultiple = 6;

    /// <summary>Columns of a panel: two vectors. 0: this machine has no fused multiplication of vectors, and there is no kernel.</summary>
    public static int Columns => Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 32 : Fma.IsSupported ? 16 : 0;

    /// <summary><paramref name="count"/> rounded up to a multiple of <paramref name="multiple"/>.</summary>
    public static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;

    /// <summary>Columns with the last panel's padding.</summary>
    public static int PaddedColumns(int columns) => RoundUp(columns, Columns);

    /// <summary>Rows with padding.</summary>
    public static int PaddedRows(int rows) => RoundUp(rows, RowMultiple);
}
