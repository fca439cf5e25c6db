using System.Diagnostics;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Inference;
using FLoRA.Inference.Execution;

namespace FLoRA.Benchmarks.Runs;

/// <summary>Decoding steps of some sequences at a time.</summary>
/// <param name="Target">Type, threads, device.</param>
/// <param name="Sequences">Sequences of a step.</param>
/// <param name="Adapters">Their adapters.</param>
/// <param name="ContextTokens">Tokens that each holds when the measured steps begin.</param>
/// <param name="Steps">Measured steps.</param>
public sealed record DecodeRun(BenchTarget Target, int Sequences, AdapterLoad Adapters, int ContextTokens, int Steps) : IBenchRun
{
    private const int WarmSteps = 8;

    /// <summary>Steps in which some sequences decode while others still read their prompts: what the budget leaves beside decoding ones is a quarter of it at least.</summary>
    private int PrefillSteps => Math.Max(1, Sequences * ContextTokens * Adapters.Rows * 4 / Adapters.RowBudget(Sequences));

    /// <summary>Loads the model, runs, and holds the steps against the machine's limit.</summary>
    public async Task<DecodeResult> MeasureAsync(ModelSource source, Roofline roofline)
    {
        using BenchEngine engine = await LoadAsync(source).ConfigureAwait(false);
        await WarmAsync(engine).ConfigureAwait(false);
        EngineCounters before = await engine.Engine.ReadCountersAsync().ConfigureAwait(false);
        double[] milliseconds = await StepTimesAsync(engine, Steps).ConfigureAwait(false);
        EngineCounters counters = await engine.Engine.ReadCountersAsync().ConfigureAwait(false) - before;
        double peakMemory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6; // before the machine is measured once more
        roofline = roofline.And(RooflineProbe.Measure(Target));
        double seen = Sequences * (ContextTokens + (Steps / 2.0));
        StepWork work = StepWork.Of(engine.Blueprint, Target.DType, Sequences, Sequences, seen, Adapters, Math.Min(Sequences, Adapters.Count));
        double limit = work.LimitMs(roofline, Target.DType, isPrefill: false), mean = milliseconds.Average();
        Percentiles step = Percentiles.Of(milliseconds);
        return new DecodeResult(
            step.P50,
            step.P95,
            Sequences * 1e3 / mean,
            Sequences * Adapters.Rows,
            work.Bytes,
            work.MultiplyAdds,
            limit,
            limit / step.P50,
            StepParts.Of(counters),
            peakMemory,
            roofline);
    }

    async Task<IRunningBench> IBenchRun.LoadAsync(ModelSource source)
    {
        BenchEngine engine = await LoadAsync(source).ConfigureAwait(false);
        await WarmAsync(engine).ConfigureAwait(false);
        return new Running(this, engine);
    }

    private Task<BenchEngine> LoadAsync(ModelSource source)
    {
        int tokens = Sequences * (ContextTokens + PrefillSteps + (2 * Steps) + (2 * WarmSteps) + 64);
        return BenchEngine.LoadAsync(source, options => options with { MaxSequences = Sequences, MaxRows = Adapters.RowBudget(Sequences), KvTokens = tokens }, Target, Adapters);
    }

    /// <summary>Once through everything, unseen.</summary>
    private async Task WarmAsync(BenchEngine engine)
    {
        // A device loads its kernels when they are first needed, and other lengths need others: the same steps once.
        await engine.RunAsync(Requests(engine, engine.Engine.Info.Device == "cuda" ? Steps + WarmSteps : WarmSteps)).ConfigureAwait(false);
        engine.TakeSteps();
    }

    /// <summary>Times of <paramref name="steps"/> steps that decode for all sequences and nothing else, in ms.</summary>
    private async Task<double[]> StepTimesAsync(BenchEngine engine, int steps)
    {
        await engine.RunAsync(Requests(engine, steps + WarmSteps)).ConfigureAwait(false);
        IReadOnlyList<(long Ended, StepTrace Trace)> all = engine.TakeSteps();
        var times = new List<double>();
        for (int s = 1; s < all.Count; s++)
        {
            if (all[s].Trace.DecodeTokens == Sequences && all[s].Trace.PrefillTokens == 0)
                times.Add(Stopwatch.GetElapsedTime(all[s - 1].Ended, all[s].Ended).TotalMilliseconds);
        }

        return [.. times.Take(WarmSteps + steps).TakeLast(steps)];
    }

    private IEnumerable<Request> Requests(BenchEngine engine, int newTokens) => Enumerable.Range(0, Sequences).Select(s => new Request
    {
        PromptTokens = engine.NextPrompt(ContextTokens),
        Adapter = Adapters.Of(s),
        MaxNewTokens = newTokens + PrefillSteps,
        IgnoreEos = true,
    });

    private sealed class Running(DecodeRun run, BenchEngine engine) : IRunningBench
    {
        public async Task<double> TokensPerSecondAsync(int steps)
        {
            double[] times = await run.StepTimesAsync(engine, steps).ConfigureAwait(false);
            return run.Sequences * times.Length * 1e3 / times.Sum();
        }

        public void Dispose() => engine.Dispose();
    }
}

/// <summary>What decoding steps took.</summary>
/// <param name="StepMsP50">Median of a step.</param>
/// <param name="StepMsP95">95th percentile.</param>
/// <param name="TokensPerS">Of all sequences.</param>
/// <param name="RowsPerStep">Rows of the products.</param>
/// <param name="BytesPerStep">See <see cref="StepWork"/>.</param>
/// <param name="MultiplyAddsPerStep">See <see cref="StepWork"/>.</param>
/// <param name="LimitMs">The shortest time that the machine can take.</param>
/// <param name="FractionOfLimit">Limit over median.</param>
/// <param name="Parts">Where the time of a step goes, prompts included.</param>
/// <param name="PeakMemoryMb">Of the process, 1e6 bytes.</param>
/// <param name="Roofline">The machine.</param>
public sealed record DecodeResult(double StepMsP50, double StepMsP95, double TokensPerS, int RowsPerStep, long BytesPerStep, long MultiplyAddsPerStep, double LimitMs, double FractionOfLimit, StepParts Parts, double PeakMemoryMb, Roofline Roofline) : ILimitedResult;
