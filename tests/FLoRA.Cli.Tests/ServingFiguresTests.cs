using FLoRA.Benchmarks.Runs;
using FLoRA.Benchmarks.Serving;

namespace FLoRA.Cli.Tests;

/// <summary>Crossover and cost rule from runs whose times are made up.</summary>
public sealed class ServingFiguresTests
{
    private const long Tokens = 1000;
    private static readonly AdaptedShape Shape = new(RowMultiplyAdds: 50_000, RankMultiplyAdds: 400);

    [Fact]
    public void The_rule_finds_the_coefficients_that_made_the_times()
    {
        // seconds = fixed + c x multiply-adds, c2 = 2 ns and c1 = 300 ns a multiply-add
        ServingCell[] flora = [.. new[] { 1, 2, 4 }.Select(rank => Cell(AdapterLoadKind.Flora, rank, 0.5 + (2e-9 * Tokens * Shape.RowMultiplyAdds * rank)))];
        ServingCell[] lora = [.. new[] { 1, 8 }.Select(rank => Cell(AdapterLoadKind.LoraGathered, rank, 0.7 + (300e-9 * Tokens * Shape.RankMultiplyAdds * rank)))];
        CostRule rule = CostRule.Fit(Shape, flora, lora)!;
        Assert.Equal((2.0, 300.0, 250.0), (Math.Round(rule.C2Nanoseconds, 9), Math.Round(rule.C1Nanoseconds, 7), rule.Width));
        Assert.Equal(1.2, rule.Share, 9);
        Assert.Null(rule.PredictedRank);
        Assert.Equal(4, (rule with { C1Nanoseconds = 187.5 }).PredictedRank!.Value, 9); // share 3/4: 3/4 + 1/4 >= 1 still holds
        Assert.Null(CostRule.Fit(Shape, flora[..1], lora));
        Assert.Null(CostRule.Fit(Shape, flora, lora[..1]));
    }

    [Fact]
    public void The_crossover_lies_where_the_lines_meet()
    {
        ServingCell[] lora = [.. new[] { 1, 2, 4, 8 }.Select(rank => Cell(AdapterLoadKind.LoraGathered, rank, 1))];
        ServingCell[] Flora(params double[] seconds) => [.. seconds.Select((s, i) => Cell(AdapterLoadKind.Flora, 1 << i, s))];

        Assert.Equal((Math.Sqrt(8), 2, 4), Rounded(Crossover.Between(Flora(0.4, 0.5, 2, 4), lora)!)); // twice as fast at 2, half as fast at 4
        Assert.Equal(new Crossover("lora-gathered", null, 8, null), Crossover.Between(Flora(0.4, 0.5, 0.6, 1), lora));
        Assert.Equal(new Crossover("lora-gathered", null, null, 1), Crossover.Between(Flora(1.1, 2, 4, 8), lora));
        Assert.Equal(new Crossover("lora-gathered", null, 2, null), Crossover.Between(Flora(0.4, 0.5), lora));
        Assert.Null(Crossover.Between([], lora));

        static (double, int, int) Rounded(Crossover c) => (c.Rank!.Value, c.FloraAheadUpTo!.Value, c.LoraAheadFrom!.Value);
    }

    [Theory]
    [InlineData(32, 64, 1, 256)]
    [InlineData(64, 64, 4, 342)] // 256 rows are three quarters of it
    [InlineData(8, 64, 16, 256)]
    [InlineData(100, 8, 32, 342)]
    public void All_sequences_of_a_run_find_rows(int requests, int sequences, int rank, int rows) =>
        Assert.Equal(rows, new ServingRun(requests, null, new FixedLengths(4, 4), new AdapterLoad(AdapterLoadKind.Flora, 2, rank), Popularity.Distinct, sequences, 1).RowsNeeded);

    private static ServingCell Cell(AdapterLoadKind kind, int rank, double seconds)
    {
        var none = new Percentiles(0, 0, 0);
        return new ServingCell(
            new ServingRun(1, null, new FixedLengths(1, 1), new AdapterLoad(kind, 1, rank), Popularity.Distinct, 1, 1),
            new ServingResult(100 / seconds, 1, 100, seconds, none, none, none, 1, 1, 0, Tokens, Tokens * rank));
    }
}
