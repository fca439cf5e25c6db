namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>A weight [out, in] in panels of a few outputs: what a decoding step multiplies, panel by panel.</summary>
/// <param name="outFeatures">Outputs.</param>
/// <param name="inFeatures">Inputs.</param>
/// <param name="columns">Outputs of a panel.</param>
internal abstract unsafe class PanelWeight(int outFeatures, int inFeatures, int columns) : IDisposable
{
    /// <summary>Outputs.</summary>
    public int OutFeatures { get; } = outFeatures;

    /// <summary>Inputs.</summary>
    public int InFeatures { get; } = inFeatures;

    /// <summary>Outputs of a panel; the last one is padded with zeros.</summary>
    public int Columns { get; } = columns;

    /// <summary>Panels.</summary>
    public int PanelCount => (OutFeatures + Columns - 1) / Columns;

    /// <summary>Numbers of float32 from row to row of an input, in the weight's own form.</summary>
    public abstract long RowStride { get; }

    /// <summary>y[row, column] = the product of some rows with one panel.</summary>
    /// <param name="panel">Which.</param>
    /// <param name="rows">First row, in the weight's own form.</param>
    /// <param name="stride">Numbers of float32 from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="y">[count, columns].</param>
    public abstract void Multiply(int panel, float* rows, long stride, int count, float* y);

    public abstract void Dispose();
}
