namespace FLoRA.Benchmarks.Serving;

/// <summary>The rank at which fLoRA's throughput falls below LoRA's, as it was seen.</summary>
/// <param name="Lora">Kind of LoRA.</param>
/// <param name="Rank">Between two ranks on a line through the logarithms of rank and ratio; null: not within the ranks.</param>
/// <param name="FloraAheadUpTo">Largest rank up to which fLoRA is no slower; null: it is slower at the first.</param>
/// <param name="LoraAheadFrom">Smallest rank at which LoRA is faster; null: at none.</param>
public sealed record Crossover(string Lora, double? Rank, int? FloraAheadUpTo, int? LoraAheadFrom)
{
    /// <summary>Compares two kinds, each ordered by rank.</summary>
    /// <returns>Null: they have no rank in common.</returns>
    internal static Crossover? Between(IReadOnlyList<ServingCell> flora, IReadOnlyList<ServingCell> lora)
    {
        (int Rank, double Lead)[] leads =
        [
            .. flora.Join(lora, cell => cell.Rank, cell => cell.Rank, (f, l) => (f.Rank!.Value, Math.Log(f.Result.TokensPerS / l.Result.TokensPerS))),
        ];
        if (leads.Length == 0)
            return null;
        int behind = Array.FindIndex(leads, lead => lead.Lead < 0);
        if (behind <= 0)
            return new Crossover(lora[0].Kind.Name, null, behind < 0 ? leads[^1].Rank : null, behind < 0 ? null : leads[0].Rank);
        (int rank, double lead) = leads[behind - 1];
        double share = lead / (lead - leads[behind].Lead);
        return new Crossover(lora[0].Kind.Name, rank * Math.Pow((double)leads[behind].Rank / rank, share), rank, leads[behind].Rank);
    }
}
