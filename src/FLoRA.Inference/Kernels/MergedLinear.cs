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

    /// <summary>Weight [sum of out, in] and bias [sum of out] or null, in the current dispose scope.</summary>
    public static (Tensor Weight, Tensor? Bias) Form(StackedLinear stacked, int firstModule, AdapterBank bank, InstalledAdapter adapter)
    {
        int modules = stacked.Blueprint.Modules.Count;
        var weights = new Tensor[modules];
        Tensor? bias = stacked.Bias;
        long row = 0;
        for (int m = 0; m < modules; m++)
        {
            long outFeatures = stacked.Blueprint.Modules[m].OutFeatures;
            ModuleBank own = bank.Modules[firstModule + m];
            weights[m] = Weight(stacked.Weight.narrow(0, row, outFeatures), own, firstModule + m, adapter);
            if (adapter.Scales[firstModule + m].HasFlag(ModuleScales.Bias) && own.ScaledBias is not null)
            {
                if (ReferenceEquals(bias, stacked.Bias))
                    bias = stacked.Bias!.clone();
                bias!.narrow(0, row, outFeatures).copy_(own.ScaledBias.select(0, adapter.RowStart));
            }

            row += outFeatures;
        }

        return (modules == 1 ? weights[0] : cat(weights, 0), bias);
    }

    /// <summary>W0 * sum_i A_i B_i^T of one module, in the current dispose scope.</summary>
    public static Tensor FormRows(Tensor weight, ModuleBank bank, int module, InstalledAdapter adapter)
    {
        ModuleScales scales = adapter.Scales[module];
        int rows = adapter.RowCounts[module];
        Tensor? a = scales.HasFlag(ModuleScales.Output) ? bank.OutputScale!.narrow(0, adapter.RowStart, rows) : null;
        Tensor? b = scales.HasFlag(ModuleScales.Input) ? bank.InputScale!.narrow(0, adapter.RowStart, rows) : null;
        if (a is not null && b is not null)
            return a.t().mm(b).mul_(weight);
        return a is not null ? weight.mul(a.sum(FirstAxis).unsqueeze(1)) : b is not null ? weight.mul(b.sum(FirstAxis).unsqueeze(0)) : weight;
    }

    private static Tensor Weight(Tensor weight, ModuleBank bank, int module, InstalledAdapter adapter)
    {
        int rank = adapter.AdditiveRanks[module];
        weight = FormRows(weight, bank, module, adapter);
        return rank == 0 ? weight : weight.addmm(bank.UpTransposed!.narrow(0, adapter.AdditiveStart, rank).t(), bank.Down!.narrow(0, adapter.AdditiveStart, rank), 1, 1);
    }
}
