namespace FLoRA.Benchmarks.Quality;

/// <summary>What some positions say together.</summary>
/// <param name="Positions">Positions: tokens whose next id is stored.</param>
/// <param name="MeanKl">Mean KL(reference || other) over the vocabulary, nats.</param>
/// <param name="MaxKl">The largest.</param>
/// <param name="Top1Agreement">Share of positions at which both find the same id most likely.</param>
/// <param name="ReferenceLoss">Mean negative log-probability of the stored next ids under the reference, nats.</param>
/// <param name="Loss">The same under the other.</param>
public sealed record QualityFigures(int Positions, double MeanKl, double MaxKl, double Top1Agreement, double ReferenceLoss, double Loss)
{
    /// <summary>Of at least one position.</summary>
    internal static QualityFigures Of(IReadOnlyCollection<Divergence> positions) => new(
        positions.Count,
        positions.Average(p => p.Kl),
        positions.Max(p => p.Kl),
        positions.Average(p => p.SameTop ? 1.0 : 0),
        -positions.Average(p => p.ReferenceLogprob),
        -positions.Average(p => p.Logprob));
}

/// <summary>How far a type of weights is from float32.</summary>
/// <param name="DType">The type.</param>
/// <param name="All">All positions.</param>
/// <param name="Prompt">Those whose next id belongs to the prompt; null: there is none.</param>
/// <param name="Generated">Those whose next id was generated; null: there is none.</param>
/// <param name="Adapters">Per adapter, the base (null) first.</param>
public sealed record QualityResult(string DType, QualityFigures All, QualityFigures? Prompt, QualityFigures? Generated, IReadOnlyList<(string? Adapter, QualityFigures Figures)> Adapters);
