using System.Diagnostics;
using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Runs;

/// <summary>
/// What it costs a request that its adapter is in host memory and not on the device: one request at a time, first with the adapter that was used longest ago, which has had to make room, then with the same one, by turns. The
/// device holds half of the adapters.
/// </summary>
/// <param name="Target">Type, threads, device.</param>
/// <param name="PromptTokens">Tokens of each prompt.</param>
/// <param name="Adapters">Registered adapters, at least two.</param>
/// <param name="Rounds">Pairs of requests.</param>
public sealed record ColdRun(BenchTarget Target, int PromptTokens, AdapterLoad Adapters, int Rounds)
{
    /// <summary>Loads the model, warms up until every place has been written once, and measures.</summary>
    /// <exception cref="InvalidOperationException">A request did not find its adapter where it was to be.</exception>
    public async Task<ColdResult> MeasureAsync(ModelSource source)
    {
        EngineOptions plain = source.Options(Target);
        DecoderBlueprint blueprint = ModelConfigReader.Read(source.Folder);
        BankLayout layout = EngineSettings.From(plain).BankLayoutOf(blueprint, plain.LoraForm);
        long bytes = AdapterPacker.Pack(RandomAdapter.Of(Adapters, blueprint, 0), layout).BankBytes;
        using BenchEngine engine = await BenchEngine.LoadAsync(
            source, options => options with { MaxSequences = 1, MaxRows = Math.Max(256, PromptTokens * Adapters.Rows), KvTokens = 4 * PromptTokens + 256, AdapterBytes = bytes * (Adapters.Count / 2) }, Target, Adapters).ConfigureAwait(false);
        for (int round = 0; round < 2 * Adapters.Count; round++)
            await FirstTokenAsync(engine, round).ConfigureAwait(false);
        var cold = new List<double>();
        var warm = new List<double>();
        AdapterStoreInfo before = engine.Engine.AdapterStore;
        for (int round = 0; round < Rounds; round++)
        {
            cold.Add(await FirstTokenAsync(engine, round).ConfigureAwait(false));
            warm.Add(await FirstTokenAsync(engine, round).ConfigureAwait(false));
        }

        AdapterStoreInfo after = engine.Engine.AdapterStore;
        if (after.Installs - before.Installs != Rounds || after.Hits - before.Hits != Rounds)
            throw new InvalidOperationException($"expected {Rounds} cold requests and as many warm ones, got {after.Installs - before.Installs} and {after.Hits - before.Hits}");
        double added = Percentiles.Of(cold.Zip(warm, (c, w) => c - w)).P50;
        return new ColdResult(Percentiles.Of(cold), Percentiles.Of(warm), added, (after.InstallTime - before.InstallTime).TotalMilliseconds / Rounds, bytes, after.Resident);
    }

    private async Task<double> FirstTokenAsync(BenchEngine engine, int round)
    {
        long started = Stopwatch.GetTimestamp();
        await engine.RunAsync([new Request { PromptTokens = engine.NextPrompt(PromptTokens), Adapter = Adapters.Of(round), MaxNewTokens = 1, IgnoreEos = true }]).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}

/// <summary>What requests took to their first token.</summary>
/// <param name="ColdMs">With an adapter in host memory.</param>
/// <param name="WarmMs">With one on the device.</param>
/// <param name="AddedMs">Median of the differences of each pair.</param>
/// <param name="InstallMs">Mean time of copying one adapter to the device, of these.</param>
/// <param name="AdapterBytes">Bytes of one adapter there.</param>
/// <param name="ResidentAdapters">Adapters that the device held.</param>
public sealed record ColdResult(Percentiles ColdMs, Percentiles WarmMs, double AddedMs, double InstallMs, long AdapterBytes, int ResidentAdapters);
