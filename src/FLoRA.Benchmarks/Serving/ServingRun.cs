using System.Diagnostics;
using FLoRA.Benchmarks.Runs;
using FLoRA.Inference;

namespace FLoRA.Benchmarks.Serving;

/// <summary>The paper's serving experiment: requests with adapters, all at once or coming in at random times (Wen and Chaudhuri 2024, section 4.2).</summary>
/// <param name="Requests">How many.</param>
/// <param name="RatePerSecond">Arrivals of a Poisson process; null: all at once.</param>
/// <param name="Lengths">Of prompts and outputs.</param>
/// <param name="Adapters">Kind, number, rank.</param>
/// <param name="Popularity">Which request asks for which.</param>
/// <param name="MaxSequences">Sequences that run at the same time.</param>
/// <param name="Seed">Of arrivals, lengths and choices.</param>
public sealed record ServingRun(int Requests, double? RatePerSecond, TokenLengths Lengths, AdapterLoad Adapters, Popularity Popularity, int MaxSequences, int Seed)
{
    private const int WarmOutputTokens = 8;

    /// <summary>Beginning that the prompts have in common, in tokens, in front of their own.</summary>
    public SharedPrefix Prefix { get; init; } = SharedPrefix.None;

    /// <summary>Row budget with which all of the run's sequences decode in every step.</summary>
    public int RowsNeeded => Adapters.RowBudget(Math.Min(MaxSequences, Requests));

    /// <summary>Places of the key/value cache with which no sequence waits for another's.</summary>
    internal int CacheTokensNeeded(int contextTokens, int blockTokens) => Math.Min(MaxSequences, Requests) * (Prefix.Tokens + Lengths.Longest(contextTokens) + (2 * blockTokens));

    /// <summary>Warms up with requests of the same lengths, their outputs cut short (not on a device, which loads kernels when lengths first need them) and without a beginning that is to be new, and serves. The adapters are registered.</summary>
    internal async Task<ServingResult> MeasureAsync(BenchEngine engine)
    {
        int[] warm = engine.NextPrompt(Prefix.IsKnown ? Prefix.Tokens : 0);
        await engine.RunAsync(Draw(engine, warm).Take(MaxSequences).Select(r => r with { MaxNewTokens = engine.Engine.Info.Device == "cuda" ? r.MaxNewTokens : Math.Min(r.MaxNewTokens!.Value, WarmOutputTokens) })).ConfigureAwait(false);
        engine.TakeSteps();

        Request[] requests = [.. Draw(engine, Prefix.IsKnown ? warm : engine.NextPrompt(Prefix.Tokens))];
        double[] arrivals = Arrivals();
        long started = Stopwatch.GetTimestamp();
        Task<ServedRequest>[] serving;
        using (RatePerSecond is null ? engine.Engine.HoldSteps() : null) // all at once is in one step, however short steps are
            serving = [.. requests.Select((request, i) => ServeAsync(engine.Engine, request, arrivals[i], started))];
        ServedRequest[] served = await Task.WhenAll(serving).ConfigureAwait(false);
        double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await engine.EndStepAsync().ConfigureAwait(false);
        IReadOnlyList<(long Ended, StepTrace Trace)> steps = engine.TakeSteps();
        long outputTokens = served.Sum(s => (long)s.OutputTokens), cachedTokens = served.Sum(s => (long)s.CachedPromptTokens);
        return new ServingResult(
            outputTokens / wall,
            served.Length,
            outputTokens,
            wall,
            Percentiles.Of(served.Select(s => s.FirstTokenMs)),
            Percentiles.Of(served.Where(s => s.OutputTokens > 1).Select(s => (s.TotalMs - s.FirstTokenMs) / (s.OutputTokens - 1))),
            Percentiles.Of(served.Select(s => s.QueueMs)),
            steps.Average(s => s.Trace.Rows),
            steps.Average(s => s.Trace.Sequences.Count),
            Process.GetCurrentProcess().PeakWorkingSet64 / 1e6,
            requests.Sum(r => (long)r.PromptTokens.Count) - cachedTokens + outputTokens - served.Length,
            steps.Sum(s => (long)s.Trace.Rows)) { CachedPromptTokens = cachedTokens };
    }

    private static async Task<ServedRequest> ServeAsync(Engine engine, Request request, double arrivalSeconds, long started)
    {
        TimeSpan left = TimeSpan.FromSeconds(arrivalSeconds) - Stopwatch.GetElapsedTime(started);
        if (left > TimeSpan.Zero)
            await Task.Delay(left).ConfigureAwait(false);
        TokenStream stream = engine.Submit(request);
        int tokens = 0;
        await foreach (GeneratedToken _ in ((IAsyncEnumerable<GeneratedToken>)stream).ConfigureAwait(false))
            tokens++;
        return new ServedRequest(tokens, stream.CachedPromptTokens, stream.Timing.Queue!.Value.TotalMilliseconds, stream.Timing.FirstToken!.Value.TotalMilliseconds, stream.Timing.Total!.Value.TotalMilliseconds);
    }

    private IEnumerable<Request> Draw(BenchEngine engine, int[] prefix)
    {
        var random = new Random(Seed);
        for (int r = 0; r < Requests; r++)
        {
            (int promptTokens, int outputTokens) = Lengths.Draw(random, engine.Blueprint.ContextLength);
            yield return new Request
            {
                PromptTokens = [.. prefix, .. engine.NextPrompt(promptTokens)],
                MaxNewTokens = outputTokens,
                Adapter = Adapters.Any ? Adapters.Name(PopularityDraw.Draw(Popularity, r, Adapters.Count, random)) : null,
                IgnoreEos = true,
            };
        }
    }

    private double[] Arrivals()
    {
        var random = new Random(Seed + 1);
        var arrivals = new double[Requests];
        double now = 0;
        for (int r = 0; RatePerSecond is { } rate && r < Requests; r++)
            arrivals[r] = now += -Math.Log(1 - random.NextDouble()) / rate;
        return arrivals;
    }

    private sealed record ServedRequest(int OutputTokens, int CachedPromptTokens, double QueueMs, double FirstTokenMs, double TotalMs);
}
