using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>A module's bank rows laid out for one row map. Null: that side is all ones.</summary>
/// <param name="InputScale">B [scaled rows, in].</param>
/// <param name="OutputScale">A [scaled rows, out].</param>
/// <param name="ScaledBias">beta * b [scaled tokens, out].</param>
/// <param name="Down">D transposed [in, columns].</param>
/// <param name="Up">U transposed [columns, out].</param>
internal sealed record GatheredRows(Tensor? InputScale, Tensor? OutputScale, Tensor? ScaledBias, Tensor? Down, Tensor? Up) : IDisposable
{
    /// <summary>Gathers from the bank, into the current dispose scope.</summary>
    public static GatheredRows From(ModuleBank bank, RowMap? rows, AdditiveMap? additive)
    {
        bool Has(ModuleScales side) => rows != null && rows.Scales.HasFlag(side);
        return new GatheredRows(
            Has(ModuleScales.Input) ? bank.InputScale!.index_select(0, rows!.BankRowOfRow) : null,
            Has(ModuleScales.Output) ? bank.OutputScale!.index_select(0, rows!.BankRowOfRow) : null,
            Has(ModuleScales.Bias) && bank.ScaledBias is not null ? bank.ScaledBias.index_select(0, rows!.BankRowOfToken) : null,
            additive == null ? null : bank.Down!.index_select(0, additive.BankRows).t(),
            additive == null ? null : bank.UpTransposed!.index_select(0, additive.BankRows));
    }

    /// <summary>Size in elements.</summary>
    public long ElementCount => Parts().Sum(t => t.numel());

    /// <summary>Keeps the tensors beyond the current dispose scope.</summary>
    public void Keep()
    {
        foreach (Tensor part in Parts())
            part.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (Tensor part in Parts())
            part.Dispose();
    }

    private IEnumerable<Tensor> Parts()
    {
        if (InputScale is not null) yield return InputScale;
        if (OutputScale is not null) yield return OutputScale;
        if (ScaledBias is not null) yield return ScaledBias;
        if (Down is not null) yield return Down;
        if (Up is not null) yield return Up;
    }
}
