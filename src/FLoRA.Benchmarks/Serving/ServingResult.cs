using FLoRA.Benchmarks.Runs;

namespace FLoRA.Benchmarks.Serving;

/// <summary>What serving brought.</summary>
/// <param name="TokensPerS">Output tokens over the whole time.</param>
/// <param name="Requests">Served.</param>
/// <param name="OutputTokens">Of all.</param>
/// <param name="WallS">Whole time, s.</param>
/// <param name="TimeToFirstTokenMs">From submission.</param>
/// <param name="TimePerOutputTokenMs">Of the tokens behind the first.</param>
/// <param name="QueueMs">From submission to admission.</param>
/// <param name="MeanRows">Rows of a step.</param>
/// <param name="MeanSequences">Sequences of a step.</param>
/// <param name="PeakMemoryMb">Of the process so far, 1e6 bytes.</param>
/// <param name="ComputedTokens">Tokens that went through the model: prompts but what was found in the cache, and outputs but the last of each.</param>
/// <param name="ComputedRows">Rows of all steps.</param>
public sealed record ServingResult(
    double TokensPerS, int Requests, long OutputTokens, double WallS, Percentiles TimeToFirstTokenMs, Percentiles TimePerOutputTokenMs, Percentiles QueueMs, double MeanRows, double MeanSequences, double PeakMemoryMb, long ComputedTokens, long ComputedRows)
{
    /// <summary>Tokens of the prompts that were found in the cache.</summary>
    public long CachedPromptTokens { get; init; }
}

/// <summary>One place of a figure: a run and what it brought.</summary>
/// <param name="Run">What was run.</param>
/// <param name="Result">What it brought.</param>
public sealed record ServingCell(ServingRun Run, ServingResult Result)
{
    /// <summary>Kind of its adapters.</summary>
    public AdapterLoadKind Kind => Run.Adapters.Kind;

    /// <summary>Rank of its adapters; null: they have none.</summary>
    public int? Rank => Kind.HasRank ? Run.Adapters.Rank : null;

    /// <summary>Which run, for people.</summary>
    public string Name => $"{Run.Requests} requests, {LoadName}, {RateName(Run.RatePerSecond)}";

    /// <summary>Its adapters, for people.</summary>
    public string LoadName => !Run.Adapters.Any ? "no adapter" : $"{Run.Adapters.Count} x {Kind.Name}{(Rank is { } rank ? $", rank {rank}" : "")}";

    /// <summary>How requests come in, for people.</summary>
    public static string RateName(double? ratePerSecond) => ratePerSecond is { } rate ? FormattableString.Invariant($"{rate} requests/s") : "all at once";
}
