using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// A stacked linear layer with adapters as rows: y = sum_i A_i * (W0 (B_i * x)) + beta * b [+ U D x] (DESIGN 1), for few positions each. All
/// groups share one product with each module's weight.
/// </summary>
internal static class RowLinear
{
    private static readonly long[] FirstAxis = [0];

    /// <summary>One output [positions, sum of out] per group, in the current dispose scope.</summary>
    /// <param name="stacked">The layer.</param>
    /// <param name="firstModule">Index of its first module in the bank.</param>
    /// <param name="bank">The installed adapters.</param>
    /// <param name="product">x W^T + b.</param>
    /// <param name="groups">Inputs [positions, in] with their adapters; null: base.</param>
    public static IReadOnlyList<Tensor> Apply(StackedLinear stacked, int firstModule, AdapterBank bank, MatrixProduct product, IReadOnlyList<(Tensor Input, InstalledAdapter? Adapter)> groups)
    {
        int modules = stacked.Blueprint.Modules.Count;
        var outputs = new Tensor[modules][];
        long row = 0;
        for (int m = 0; m < modules; m++)
        {
            long outFeatures = stacked.Blueprint.Modules[m].OutFeatures;
            Tensor weight = modules == 1 ? stacked.Weight : stacked.Weight.narrow(0, row, outFeatures);
            Tensor? bias = modules == 1 ? stacked.Bias : stacked.Bias?.narrow(0, row, outFeatures);
            outputs[m] = Module(weight, bias, bank.Modules[firstModule + m], firstModule + m, product, groups);
            row += outFeatures;
        }

        return modules == 1 ? outputs[0] : [.. groups.Select((_, g) => cat([.. outputs.Select(o => o[g])], 1))];
    }

    private static Tensor[] Module(Tensor weight, Tensor? bias, ModuleBank bank, int module, MatrixProduct product, IReadOnlyList<(Tensor Input, InstalledAdapter? Adapter)> groups)
    {
        Tensor[] rows = [.. groups.Select(g => Expand(g.Input, bank, module, g.Adapter))];
        Tensor products = product.Apply(rows.Length == 1 ? rows[0] : cat(rows, 0), weight, weight.t(), null);
        var outputs = new Tensor[groups.Count];
        long first = 0;
        for (int g = 0; g < outputs.Length; g++)
        {
            long count = rows[g].size(0);
            outputs[g] = Reduce(products.narrow(0, first, count), groups[g].Input, bias, bank, module, groups[g].Adapter);
            first += count;
        }

        return outputs;
    }

    /// <summary>[positions, in] -> [rows x positions, in], row after row.</summary>
    private static Tensor Expand(Tensor input, ModuleBank bank, int module, InstalledAdapter? adapter)
    {
        if (adapter is null || !adapter.Scales[module].HasFlag(ModuleScales.Input))
            return input;
        Tensor b = bank.InputScale!.narrow(0, adapter.RowStart, adapter.RowCounts[module]);
        return b.size(0) == 1 ? input.mul(b) : input.unsqueeze(0).mul(b.unsqueeze(1)).view(-1, input.size(1));
    }

    /// <summary>[rows x positions, out] -> [positions, out].</summary>
    private static Tensor Reduce(Tensor products, Tensor input, Tensor? bias, ModuleBank bank, int module, InstalledAdapter? adapter)
    {
        if (adapter is null)
            return bias is null ? products : products.add(bias);
        ModuleScales scales = adapter.Scales[module];
        long positions = input.size(0), perPosition = products.size(0) / positions;
        Tensor y = products;
        if (scales.HasFlag(ModuleScales.Output))
        {
            Tensor a = bank.OutputScale!.narrow(0, adapter.RowStart, adapter.RowCounts[module]);
            y = perPosition == 1 ? products.mul(a.size(0) == 1 ? a : a.sum(FirstAxis)) : products.view(perPosition, positions, -1).mul(a.unsqueeze(1)).sum(FirstAxis);
        }
        else if (perPosition > 1)
        {
            y = products.view(perPosition, positions, -1).sum(FirstAxis);
        }

        if (scales.HasFlag(ModuleScales.Bias) && bank.ScaledBias is not null)
            y = y.add(bank.ScaledBias.select(0, adapter.RowStart));
        else if (bias is not null)
            y = y.add(bias);
        int rank = adapter.AdditiveRanks[module];
        return rank == 0 ? y : y.addmm(
            input.mm(bank.Down!.narrow(0, adapter.AdditiveStart, rank).t()),
            bank.UpTransposed!.narrow(0, adapter.AdditiveStart, rank), 1, 1);
    }
}
