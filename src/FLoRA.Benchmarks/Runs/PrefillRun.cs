using System.Diagnostics;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Inference;

namespace FLoRA.Benchmarks.Runs;

/// <summary>One prompt at a time, computed as one chunk.</summary>
/// <param name="Target">Type, threads, device.</param>
/// <param name="Tokens">Tokens of the prompt.</param>
/// <param name="Adapters">Adapters; prompts take turns over them.</param>
/// <param name="Rounds">Measured prompts.</param>
public sealed record PrefillRun(BenchTarget Target, int Tokens, AdapterLoad Adapters, int Rounds) : IBenchRun
{
    private const int WarmRounds = 2;

    /// <summary>Loads the model, runs, and holds the prompts against the machine's limit.</summary>
    public async Task<PrefillResult> MeasureAsync(ModelSource source, Roofline roofline)
    {
        using BenchEngine engine = await LoadAsync(source).ConfigureAwait(false);
        await TimesAsync(engine, WarmRounds).ConfigureAwait(false);
        List<double> milliseconds = await TimesAsync(engine, Rounds).ConfigureAwait(false);
        double median = Percentiles.Of(milliseconds).P50, peakMemory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6; // before the machine is measured once more
        roofline = roofline.And(RooflineProbe.Measure(Target));
        StepWork work = StepWork.Of(engine.Blueprint, Target.DType, Tokens, 1, Tokens, Adapters, Math.Min(1, Adapters.Count), arePrompts: true);
        double limit = work.LimitMs(roofline, Target.DType, isPrefill: true);
        return new PrefillResult(Tokens * 1e3 / median, limit, limit / median, work.MultiplyAdds, peakMemory, roofline);
    }

    async Task<IRunningBench> IBenchRun.LoadAsync(ModelSource source)
    {
        BenchEngine engine = await LoadAsync(source).ConfigureAwait(false);
        await TimesAsync(engine, WarmRounds).ConfigureAwait(false);
        return new Running(this, engine);
    }

    private Task<BenchEngine> LoadAsync(ModelSource source) => BenchEngine.LoadAsync(
        source, options => options with { MaxSequences = 1, MaxRows = Math.Max(256, Tokens * Adapters.Rows), KvTokens = Tokens + 64 }, Target, Adapters);

    private async Task<List<double>> TimesAsync(BenchEngine engine, int rounds)
    {
        var milliseconds = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            await engine.RunAsync([new Request { PromptTokens = engine.NextPrompt(Tokens), Adapter = Adapters.Of(round), MaxNewTokens = 1, IgnoreEos = true }]).ConfigureAwait(false);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return milliseconds;
    }

    private sealed class Running(PrefillRun run, BenchEngine engine) : IRunningBench
    {
        public async Task<double> TokensPerSecondAsync(int steps) => run.Tokens * steps * 1e3 / (await run.TimesAsync(engine, steps).ConfigureAwait(false)).Sum();

        public void Dispose() => engine.Dispose();
    }
}

/// <summary>What prompts took.</summary>
/// <param name="TokensPerS">Prompt tokens, from the request to its first token.</param>
/// <param name="LimitMs">The shortest time that the machine can take for one prompt.</param>
/// <param name="FractionOfLimit">Limit over median.</param>
/// <param name="MultiplyAdds">Of the products with weights.</param>
/// <param name="PeakMemoryMb">Of the process, 1e6 bytes.</param>
/// <param name="Roofline">The machine.</param>
public sealed record PrefillResult(double TokensPerS, double LimitMs, double FractionOfLimit, long MultiplyAdds, double PeakMemoryMb, Roofline Roofline) : ILimitedResult;
