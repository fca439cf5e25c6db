using System.Diagnostics;
using FLoRA.Benchmarks.Runs;
using FLoRA.Inference;

namespace FLoRA.Benchmarks.Serving;

/// <summary>The paper's serving experiment: requests with adapters, all at once or coming in at random times (Wen and Chaudhuri 2024, section 4.2).</summary>
/// <param name="DType">Type of the weights.</param>
/// <param name="Threads">Kernel threads; null: all.</param>
/// <param name="Requests">How many.</param>
/// <param name="RatePerSecond">Arrivals of a Poisson process; null: all at once.</param>
/// <param name="Lengths">Of prompts and outputs.</param>
/// <param name="Adapters">Kind, number, rank.</param>
/// <param name="Popularity">Which request asks for which.</param>
/// <param name="MaxSequences">Sequences that run at the same time.</param>
/// <param name="Seed">Of arrivals, lengths and choices.</param>
public sealed record ServingRun(string DType, int? Threads, int Requests, double? RatePerSecond, TokenLengths Lengths, AdapterLoad Adapters, Popularity Popularity, int MaxSequences, int Seed)
{
    private const int WarmOutputTokens = 8;

    /// <summary>Loads the model, warms up with every request cut short, and serves.</summary>
    public async Task<ServingResult> MeasureAsync(ModelSource source)
    {
        using BenchEngine engine = await BenchEngine.LoadAsync(
            source, options => options with { MaxSequences = MaxSequences, MaxRows = Math.Max(256, MaxSequences * Adapters.Rows) }, DType, Threads, Adapters).ConfigureAwait(false);
        Request[] requests = [.. Draw(engine)];
        await engine.RunAsync(requests.Take(MaxSequences).Select(r => r with { MaxNewTokens = Math.Min(r.MaxNewTokens!.Value, WarmOutputTokens) })).ConfigureAwait(false);
        engine.TakeSteps();

        double[] arrivals = Arrivals();
        long started = Stopwatch.GetTimestamp();
        ServedRequest[] served = await Task.WhenAll(requests.Select((request, i) => ServeAsync(engine.Engine, request, arrivals[i], started))).ConfigureAwait(false);
        double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        IReadOnlyList<(long Ended, StepTrace Trace)> steps = engine.TakeSteps();
        return new ServingResult(
            Adapters.Rank,
            served.Sum(s => s.OutputTokens) / wall,
            served.Length,
            served.Sum(s => (long)s.OutputTokens),
            wall,
            Percentiles.Of(served.Select(s => s.FirstTokenMs)),
            Percentiles.Of(served.Where(s => s.OutputTokens > 1).Select(s => (s.TotalMs - s.FirstTokenMs) / (s.OutputTokens - 1))),
            Percentiles.Of(served.Select(s => s.QueueMs)),
            steps.Average(s => s.Trace.Rows),
            steps.Average(s => s.Trace.Sequences.Count),
            Process.GetCurrentProcess().PeakWorkingSet64 / 1e6);
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
        return new ServedRequest(tokens, stream.Timing.Queue!.Value.TotalMilliseconds, stream.Timing.FirstToken!.Value.TotalMilliseconds, stream.Timing.Total!.Value.TotalMilliseconds);
    }

    private IEnumerable<Request> Draw(BenchEngine engine)
    {
        var random = new Random(Seed);
        for (int r = 0; r < Requests; r++)
        {
            (int promptTokens, int outputTokens) = Lengths.Draw(random, engine.Blueprint.ContextLength);
            yield return new Request
            {
                PromptTokens = engine.Prompt(r, promptTokens),
                MaxNewTokens = outputTokens,
                Adapter = Adapters.Any ? AdapterLoad.Name(PopularityDraw.Draw(Popularity, r, Adapters.Count, random)) : null,
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

    private sealed record ServedRequest(int OutputTokens, double QueueMs, double FirstTokenMs, double TotalMs);
}

/// <summary>What serving brought.</summary>
/// <param name="Rank">Of the adapters.</param>
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
public sealed record ServingResult(int Rank, double TokensPerS, int Requests, long OutputTokens, double WallS, Percentiles TimeToFirstTokenMs, Percentiles TimePerOutputTokenMs, Percentiles QueueMs, double MeanRows, double MeanSequences, double PeakMemoryMb);
