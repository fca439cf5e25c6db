using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Serving;

/// <summary>The paper's d for a whole model: its linear layers are not square, and there are many.</summary>
/// <param name="RowMultiplyAdds">Multiply-adds of one row through all adapted layers: d^2 in the paper.</param>
/// <param name="RankMultiplyAdds">Multiply-adds of one rank of a LoRA on all of them: 2 d in the paper.</param>
internal readonly record struct AdaptedShape(long RowMultiplyAdds, long RankMultiplyAdds)
{
    /// <summary>d: the width of square layers with the same ratio of the two.</summary>
    public double Width => 2.0 * RowMultiplyAdds / RankMultiplyAdds;

    /// <summary>Of the modules of a model.</summary>
    public static AdaptedShape Of(IEnumerable<ModuleBlueprint> modules)
    {
        long row = 0, rank = 0;
        foreach (ModuleBlueprint module in modules)
        {
            row += (long)module.InFeatures * module.OutFeatures;
            rank += module.InFeatures + module.OutFeatures;
        }

        return new AdaptedShape(row, rank);
    }
}
