using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// A stacked linear layer with one adapter formed into its weight: W0 * sum_i A_i B_i^T [+ U D], bias beta * b (DESIGN 1). For the many positions
/// of an encoder: forming it costs about r products of one position each, where r rows per position would cost r times the base.
/// </summary>
internal static class MergedLinear
{
    // As an array: a literal 0 would choose the overload that takes a type.
    private static readonly long[] FirstAxis = [0];

    /// <summary>Whether the adapter touches any of the layer's modules.</summary>
    public static bool Touches(InstalledAdapter? adapter, int firstModule, int count)
    {
        for (int m = firstModule; adapter is not null && m < firstModule + count; m++)
        {
            if (adapter.Scales[m] != ModuleScales.None || adapter.AdditiveRanks[m] > 0)
                return true;
        }

        return false;
    }

    /// <summary>Weight [sum of out, in] and bias [sum of out] or null, new tensors in the current dispose scope.</summary>
    public static (Tensor Weight, Tensor? Bias) Form(StackedLinear stacked, int firstModule, AdapterBank bank, InstalledAdapter adapter)
    {
        Tensor weight = stacked.Weight.clone();
        Tensor? bias = stacked.Bias?.clone();
        long row = 0;
        for (int i = 0; i < stacked.Blueprint.Modules.Count; i++)
        {
            ModuleBlueprint module = stacked.Blueprint.Modules[i];
            Scale(weight.narrow(0, row, module.OutFeatures), bias?.narrow(0, row, module.OutFeatures), bank.Modules[firstModule + i], firstModule + i, adapter);
            row += module.OutFeatures;
        }

        return (weight, bias);
    }

    private static void Scale(Tensor weight, Tensor? bias, ModuleBank bank, int module, InstalledAdapter adapter)
    {
        ModuleScales scales = adapter.Scales[module];
        int rows = adapter.RowCounts[module], rank = adapter.AdditiveRanks[module];
        Tensor? a = scales.HasFlag(ModuleScales.Output) ? bank.OutputScale!.narrow(0, adapter.RowStart, rows) : null;
        Tensor? b = scales.HasFlag(ModuleScales.Input) ? bank.InputScale!.narrow(0, adapter.RowStart, rows) : null;
        if (a is not null && b is not null)
            weight.mul_(a.t().mm(b));
        else if (a is not null)
            weight.mul_(a.sum(FirstAxis).unsqueeze(1));
        else if (b is not null)
            weight.mul_(b.sum(FirstAxis).unsqueeze(0));
        if (scales.HasFlag(ModuleScales.Bias) && bank.ScaledBias is not null)
            bias!.copy_(bank.ScaledBias.select(0, adapter.RowStart));
        if (rank > 0)
            weight.addmm_(bank.UpTransposed!.narrow(0, adapter.AdditiveStart, rank).t(), bank.Down!.narrow(0, adapter.AdditiveStart, rank));
    }
}
