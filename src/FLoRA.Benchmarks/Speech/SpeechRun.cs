using System.Diagnostics;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Benchmarks.Runs;
using FLoRA.Inference;
using FLoRA.Inference.Models;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Benchmarks.Speech;

/// <summary>Recordings of noise at the same time, from their features to the last token.</summary>
/// <param name="DType">Type of the weights.</param>
/// <param name="Threads">Kernel threads; null: all.</param>
/// <param name="Recordings">How many.</param>
/// <param name="Seconds">Length of each; a window of the model is encoded for every window that it begins.</param>
/// <param name="Tokens">Tokens of every window.</param>
/// <param name="Adapters">Adapters; recordings take turns over them.</param>
/// <param name="Rounds">Measured rounds; the one with the median time stands.</param>
public sealed record SpeechRun(string DType, int? Threads, int Recordings, double Seconds, int Tokens, AdapterLoad Adapters, int Rounds)
{
    private const int WarmTokens = 2, LeastRows = 256, MostSequences = 64;

    private static readonly int[] Prompt = [1, 2, 3, 4]; // start, language, task, no times: what they say does not change the work

    /// <summary>Loads the model, warms up, runs, and holds the run against the machine's limit.</summary>
    /// <exception cref="ModelLoadException">The folder is not a speech model.</exception>
    public async Task<SpeechResult> MeasureAsync(ModelSource source, Roofline roofline)
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(source.Folder);
        if (blueprint.Encoder is not { } encoder)
            throw new ModelLoadException(source.Folder, $"model_type is '{blueprint.Family}', a model of text; expected a speech model");
        int windowsEach = Math.Max(1, (int)Math.Ceiling(Seconds * LogMel.FramesPerSecond / encoder.Frames)), windows = Recordings * windowsEach, sequences = Math.Min(windows, MostSequences);
        var clock = new SpeechClock();
        EngineOptions options = source.Options(DType, Threads);
        using BenchEngine engine = await BenchEngine.LoadAsync(
            clock.Watch(options with { MaxSequences = sequences, MaxRows = Math.Max(LeastRows, sequences * Adapters.Rows * 2), KvTokens = sequences * (encoder.Positions + Prompt.Length + Tokens + (2 * options.BlockTokens)) }),
            blueprint,
            Adapters).ConfigureAwait(false);
        var random = new Random(1);
        IEnumerable<Request> Requests(int count, int tokens) => Enumerable.Range(0, count).Select(w => new Request
        {
            PromptTokens = Prompt, Audio = NoiseWindow.Of(random, encoder.MelBins, encoder.Frames), Adapter = Adapters.Of(w / windowsEach), MaxNewTokens = tokens, IgnoreEos = true,
        });

        await engine.RunAsync(Requests(Math.Min(windows, Math.Max(1, Adapters.Count) * windowsEach), Math.Min(WarmTokens, Tokens))).ConfigureAwait(false);
        var rounds = new List<Round>();
        for (int round = 0; round < Rounds; round++)
        {
            Request[] requests = [.. Requests(windows, Tokens)];
            clock.Start();
            long started = Stopwatch.GetTimestamp();
            await engine.RunAsync(requests).ConfigureAwait(false);
            double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
            (IReadOnlyList<EncoderUnit> units, IReadOnlyList<StepTrace> steps) = clock.Read();
            rounds.Add(new Round(wall, units, steps));
        }

        double peakMemory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6; // before the machine is measured once more
        return ResultOf(rounds.OrderBy(round => round.WallS).ElementAt(Rounds / 2), windows, blueprint, peakMemory, roofline.And(RooflineProbe.Measure(roofline.Threads)));
    }

    private SpeechResult ResultOf(Round round, int windows, DecoderBlueprint blueprint, double peakMemory, Roofline roofline)
    {
        var work = new SpeechWork(blueprint, DType, Adapters);
        double wall = round.WallS, encode = round.Units.Sum(unit => unit.Seconds);
        double limit = round.Units.Sum(unit => work.Add(unit, roofline)) + round.Steps.Sum(step => work.Add(step, Prompt.Length + (Tokens / 2.0), roofline));
        return new SpeechResult(
            Recordings * Seconds / wall,
            encode,
            windows * Tokens / (wall - encode),
            limit,
            limit / wall,
            wall,
            windows,
            work.MultiplyAdds,
            peakMemory,
            roofline);
    }

    private sealed record Round(double WallS, IReadOnlyList<EncoderUnit> Units, IReadOnlyList<StepTrace> Steps);
}

/// <summary>What a speech run brought.</summary>
/// <param name="AudioSPerS">Seconds of recordings a second.</param>
/// <param name="EncodeS">Time in units of encoder work, keys and values for cross-attention among them.</param>
/// <param name="DecodeTokensPerS">Tokens over the rest of the time.</param>
/// <param name="LimitS">The shortest time that the machine can take for these units and steps.</param>
/// <param name="FractionOfLimit">Limit over whole time.</param>
/// <param name="WallS">Whole time.</param>
/// <param name="Windows">Windows encoded.</param>
/// <param name="MultiplyAdds">Of all units and steps.</param>
/// <param name="PeakMemoryMb">Of the process, 1e6 bytes.</param>
/// <param name="Roofline">The machine.</param>
public sealed record SpeechResult(
    double AudioSPerS, double EncodeS, double DecodeTokensPerS, double LimitS, double FractionOfLimit, double WallS, int Windows, SpeechMultiplyAdds MultiplyAdds, double PeakMemoryMb, Roofline Roofline) : ILimitedResult;
