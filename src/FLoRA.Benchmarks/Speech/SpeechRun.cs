using System.Diagnostics;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Benchmarks.Runs;

namespace FLoRA.Benchmarks.Speech;

/// <summary>Recordings of noise at the same time, from their features to the last token.</summary>
/// <param name="Target">Type, threads, device.</param>
/// <param name="Recordings">How many.</param>
/// <param name="Seconds">Length of each; a window of the model is encoded for every window that it begins.</param>
/// <param name="Tokens">Tokens of every window.</param>
/// <param name="Adapters">Adapters; recordings take turns over them.</param>
/// <param name="Rounds">Measured rounds; the one with the median time stands.</param>
public sealed record SpeechRun(BenchTarget Target, int Recordings, double Seconds, int Tokens, AdapterLoad Adapters, int Rounds) : IBenchRun
{
    /// <summary>Loads the model, warms up, runs, and holds the run against the machine's limit.</summary>
    /// <exception cref="FLoRA.Inference.ModelLoadException">The folder is not a speech model.</exception>
    public async Task<SpeechResult> MeasureAsync(ModelSource source, Roofline roofline)
    {
        using SpeechSession session = await SpeechSession.LoadAsync(this, source).ConfigureAwait(false);
        var rounds = new List<SpeechRound>();
        for (int round = 0; round < Rounds; round++)
            rounds.Add(await session.RunAsync().ConfigureAwait(false));
        double peakMemory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6; // before the machine is measured once more
        return ResultOf(rounds.OrderBy(round => round.WallS).ElementAt(Rounds / 2), session, peakMemory, roofline.And(RooflineProbe.Measure(Target)));
    }

    async Task<IRunningBench> IBenchRun.LoadAsync(ModelSource source) => await SpeechSession.LoadAsync(this, source).ConfigureAwait(false);

    private SpeechResult ResultOf(SpeechRound round, SpeechSession session, double peakMemory, Roofline roofline)
    {
        var work = new SpeechWork(session.Blueprint, Target.DType, Adapters);
        double wall = round.WallS, encode = round.Units.Sum(unit => unit.Seconds), seenTokens = SpeechSession.Prompt.Count + (Tokens / 2.0);
        double limit = round.Units.Sum(unit => work.Add(unit, roofline)) + round.Steps.Sum(step => work.Add(step, seenTokens, roofline));
        return new SpeechResult(
            Recordings * Seconds / wall,
            encode,
            session.Windows * Tokens / (wall - encode),
            limit,
            limit / wall,
            wall,
            session.Windows,
            session.Windows * Tokens,
            work.MultiplyAdds,
            peakMemory,
            roofline);
    }
}

/// <summary>What a speech run brought.</summary>
/// <param name="AudioSPerS">Seconds of recordings a second.</param>
/// <param name="EncodeS">Time in units of encoder work, keys and values for cross-attention among them.</param>
/// <param name="DecodeTokensPerS">Tokens over the rest of the time.</param>
/// <param name="LimitS">The shortest time that the machine can take for these units and steps.</param>
/// <param name="FractionOfLimit">Limit over whole time.</param>
/// <param name="WallS">Whole time.</param>
/// <param name="Windows">Windows encoded.</param>
/// <param name="OutputTokens">Of all windows.</param>
/// <param name="MultiplyAdds">Of all units and steps.</param>
/// <param name="PeakMemoryMb">Of the process, 1e6 bytes.</param>
/// <param name="Roofline">The machine.</param>
public sealed record SpeechResult(
    double AudioSPerS, double EncodeS, double DecodeTokensPerS, double LimitS, double FractionOfLimit, double WallS, int Windows, int OutputTokens, SpeechMultiplyAdds MultiplyAdds, double PeakMemoryMb, Roofline Roofline) : ILimitedResult;
