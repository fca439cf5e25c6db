using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// Which form of an adapted layer is cheaper for a number of positions. Measured (docs/LOG.md, bench <c>merge</c>); the unit is one multiplication
/// of a large product. Both forms have one product of all positions in common, which is left out.
/// </summary>
internal static class MergeCost
{
    /// <summary>One number that an operation reads or writes beside the products.</summary>
    private const double PerNumber = 20;

    /// <summary>A multiplication of the narrow products: A^T B, D x, U times that.</summary>
    private const double PerNarrowMultiplication = 2;

    /// <summary>True: forming the weight costs no more than the rows.</summary>
    /// <param name="linear">The stacked modules.</param>
    /// <param name="firstModule">Index of the first one in the bank.</param>
    /// <param name="adapter">Touches at least one of them.</param>
    /// <param name="positions">Positions that the weight would serve.</param>
    public static bool FormsWeight(LinearBlueprint linear, int firstModule, InstalledAdapter adapter, long positions)
    {
        double form = 0, rows = 0;
        for (int m = 0; m < linear.Modules.Count; m++)
        {
            ModuleBlueprint module = linear.Modules[m];
            ModuleScales scales = adapter.Scales[firstModule + m];
            form += Form(module, scales, adapter.RowCounts[firstModule + m], adapter.AdditiveRanks[firstModule + m]);
            rows += positions * RowsPerPosition(module, scales, adapter.RowCounts[firstModule + m], adapter.AdditiveRanks[firstModule + m]);
        }

        return form <= rows;
    }

    /// <summary>A weight of the module's size is written at least once, with the products that go into it.</summary>
    private static double Form(ModuleBlueprint module, ModuleScales scales, int rows, int rank)
    {
        double size = (double)module.InFeatures * module.OutFeatures;
        double outer = scales.HasFlag(ModuleScales.Input | ModuleScales.Output) ? rows * PerNarrowMultiplication : 0;
        return size * (PerNumber + outer + (rank * PerNarrowMultiplication));
    }

    private static double RowsPerPosition(ModuleBlueprint module, ModuleScales scales, int rows, int rank)
    {
        double sum = module.InFeatures + module.OutFeatures;
        int perPosition = scales.HasFlag(ModuleScales.Input) ? rows : 1;
        double scaled = scales == ModuleScales.None ? 0 : sum * perPosition * PerNumber;
        return ((perPosition - 1.0) * module.InFeatures * module.OutFeatures) + scaled + (sum * rank * PerNarrowMultiplication) + (rank > 0 ? module.OutFeatures * PerNumber : 0);
    }
}
