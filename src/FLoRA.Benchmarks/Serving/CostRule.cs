namespace FLoRA.Benchmarks.Serving;

/// <summary>
/// The paper's cost rule (Wen and Chaudhuri 2024, section 3.2) with coefficients from measured runs. A token costs fLoRA r c2 d^2 and LoRA c2 d^2 + 2 c1 d r, so fLoRA is no
/// slower iff 2 c1 / (d c2) + 1 / r >= 1. Here d^2 is one row through all adapted layers and 2 d one rank of LoRA's pairs on them. c2 is the slope of fLoRA's whole time against
/// the multiply-adds of the rows that were computed (those of a prompt may be fewer than r a token), c1 that of LoRA's against its pairs', both by least squares with what does not depend
/// on the rank (attention, head, reads of weights) as the intercept.
/// </summary>
/// <param name="Lora">Kind of LoRA.</param>
/// <param name="Width">d.</param>
/// <param name="C1Nanoseconds">c1, wall time of a multiply-add in LoRA's products.</param>
/// <param name="C2Nanoseconds">c2, wall time of a multiply-add in the base's product.</param>
public sealed record CostRule(string Lora, double Width, double C1Nanoseconds, double C2Nanoseconds)
{
    /// <summary>2 c1 / (d c2).</summary>
    public double Share => 2 * C1Nanoseconds / (Width * C2Nanoseconds);

    /// <summary>Largest rank at which the rule has fLoRA no slower, 1 / (1 - share); null: at any.</summary>
    public double? PredictedRank => Share >= 1 ? null : 1 / (1 - Share);

    /// <summary>Fits the coefficients.</summary>
    /// <param name="shape">Of the model.</param>
    /// <param name="flora">Runs of fLoRA, other ranks, otherwise alike.</param>
    /// <param name="lora">Runs of LoRA.</param>
    /// <returns>Null: two ranks of each are needed, and time that grows with fLoRA's rank.</returns>
    internal static CostRule? Fit(AdaptedShape shape, IReadOnlyList<ServingCell> flora, IReadOnlyList<ServingCell> lora)
    {
        if (flora.DistinctBy(cell => cell.Rank).Count() < 2 || lora.DistinctBy(cell => cell.Rank).Count() < 2)
            return null;
        double c2 = Slope(flora, cell => cell.Result.ComputedRows * shape.RowMultiplyAdds), c1 = Slope(lora, cell => cell.Result.ComputedTokens * shape.RankMultiplyAdds * cell.Rank!.Value);
        return c1 > 0 && c2 > 0 ? new CostRule(lora[0].Kind.Name, shape.Width, c1, c2) : null;
    }

    /// <summary>ns per multiply-add.</summary>
    private static double Slope(IReadOnlyList<ServingCell> cells, Func<ServingCell, double> multiplyAdds)
    {
        double[] work = [.. cells.Select(multiplyAdds)], seconds = [.. cells.Select(cell => cell.Result.WallS)];
        double meanWork = work.Average(), meanSeconds = seconds.Average();
        return 1e9 * work.Zip(seconds, (w, s) => (w - meanWork) * (s - meanSeconds)).Sum() / work.Sum(w => (w - meanWork) * (w - meanWork));
    }
}
