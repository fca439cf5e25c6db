using FLoRA.Benchmarks.Runs;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Serving;

/// <summary>The runs of a figure and what follows from them together.</summary>
public sealed class ServingReport
{
    internal ServingReport(ServingGrid grid, IReadOnlyList<ServingCell> cells, IEnumerable<ModuleBlueprint> modules)
    {
        Grid = grid;
        Cells = cells;
        Rates = [.. cells.Select(cell => cell.Run.RatePerSecond).Distinct()];
        ServingCell[] atOnce = [.. cells.Where(cell => cell.Run.RatePerSecond is null && grid.IsFigure)];
        ServingCell[] flora = Ranked(atOnce.Where(cell => cell.Kind == AdapterLoadKind.Flora));
        AdaptedShape shape = AdaptedShape.Of(modules);
        var crossings = new List<Crossover>();
        var rules = new List<CostRule>();
        foreach (IGrouping<string, ServingCell> lora in atOnce.Where(cell => cell.Kind.IsAdditive).GroupBy(cell => cell.Kind.Name))
        {
            if (Crossover.Between(flora, Ranked(lora)) is { } crossing)
                crossings.Add(crossing);
            if (CostRule.Fit(shape, flora, Ranked(lora)) is { } rule)
                rules.Add(rule);
        }

        Crossovers = crossings;
        CostRules = rules;
    }

    /// <summary>What was run.</summary>
    public ServingGrid Grid { get; }

    /// <summary>Its runs, in order.</summary>
    public IReadOnlyList<ServingCell> Cells { get; }

    /// <summary>How requests came in; null: all at once.</summary>
    public IReadOnlyList<double?> Rates { get; }

    /// <summary>Per kind of LoRA, of the runs of a figure with all requests at once; those with two kinds and a rank in common.</summary>
    public IReadOnlyList<Crossover> Crossovers { get; }

    /// <summary>Per kind of LoRA, of the runs of a figure with all requests at once; those with two ranks of both kinds.</summary>
    public IReadOnlyList<CostRule> CostRules { get; }

    private static ServingCell[] Ranked(IEnumerable<ServingCell> cells) => [.. cells.OrderBy(cell => cell.Rank)];
}
