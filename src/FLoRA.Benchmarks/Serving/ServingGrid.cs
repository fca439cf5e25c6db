using FLoRA.Benchmarks.Runs;
using FLoRA.Inference;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Serving;

/// <summary>Several runs of one model, as a figure needs them.</summary>
/// <param name="Target">Type, threads, device.</param>
/// <param name="MaxRows">Row budget of a step; null: of each run what it needs.</param>
/// <param name="Rounds">How often each is run, forwards and backwards in turn; the round with the median of tokens a second stands.</param>
/// <param name="Runs">At least one, all with as many sequences at a time.</param>
public sealed record ServingGrid(BenchTarget Target, int? MaxRows, int Rounds, IReadOnlyList<ServingRun> Runs) : IBenchRun
{
    /// <summary>Whether equal beginnings are computed once.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Whether the runs are of one number of requests and one of adapters (beside none at all), so that ranks can be compared.</summary>
    public bool IsFigure => Runs.DistinctBy(run => run.Requests).Count() == 1 && Runs.Where(run => run.Adapters.Any).DistinctBy(run => run.Adapters.Count).Count() <= 1;

    /// <summary>Loads the model and runs them. Runs that can share an engine do.</summary>
    /// <param name="source">The model.</param>
    /// <param name="tell">Hears of every single run as it ends.</param>
    public async Task<ServingReport> MeasureAsync(ModelSource source, Action<ServingCell> tell)
    {
        var results = Runs.ToDictionary(run => run, _ => new List<ServingResult>());
        BenchEngine? engine = null;
        try
        {
            (int Rows, Func<EngineOptions, EngineOptions>? Form) loaded = default;
            for (int round = 0; round < Rounds; round++)
            {
                foreach (ServingRun run in round % 2 == 0 ? Runs : Runs.Reverse())
                {
                    (int Rows, Func<EngineOptions, EngineOptions>?) wanted = (RowsOf(run), run.Adapters.Kind.EngineForm);
                    if (engine is null || wanted != loaded)
                    {
                        engine?.Dispose();
                        engine = null; // not twice, where loading fails
                        engine = await LoadAsync(source, run).ConfigureAwait(false);
                        loaded = wanted;
                    }
                    else
                    {
                        await engine.RegisterAsync(run.Adapters).ConfigureAwait(false);
                    }

                    results[run].Add(await run.MeasureAsync(engine).ConfigureAwait(false));
                    tell(new ServingCell(run, results[run][^1]));
                }
            }
        }
        finally
        {
            engine?.Dispose();
        }

        return new ServingReport(this, [.. Runs.Select(run => new ServingCell(run, Median(results[run])))], ModelConfigReader.Read(source.Folder).Layers.SelectMany(layer => layer.Modules));
    }

    /// <summary>For a comparison: of one run.</summary>
    async Task<IRunningBench> IBenchRun.LoadAsync(ModelSource source) => new Running(Runs.Single(), await LoadAsync(source, Runs.Single()).ConfigureAwait(false));

    private int RowsOf(ServingRun run) => MaxRows ?? run.RowsNeeded;

    private Task<BenchEngine> LoadAsync(ModelSource source, ServingRun run)
    {
        int context = ModelConfigReader.Read(source.Folder).ContextLength;
        return BenchEngine.LoadAsync(
            source,
            options => options with { MaxSequences = run.MaxSequences, MaxRows = RowsOf(run), PrefixCache = PrefixCache, KvTokens = Runs.Max(r => r.CacheTokensNeeded(context, options.BlockTokens)) },
            Target,
            run.Adapters);
    }

    private static ServingResult Median(List<ServingResult> rounds) => rounds.OrderBy(r => r.TokensPerS).ElementAt(rounds.Count / 2);

    private sealed class Running(ServingRun run, BenchEngine engine) : IRunningBench
    {
        public async Task<double> TokensPerSecondAsync(int steps) => (await run.MeasureAsync(engine).ConfigureAwait(false)).TokensPerS;

        public void Dispose() => engine.Dispose();
    }
}
