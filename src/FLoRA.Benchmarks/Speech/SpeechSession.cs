using System.Diagnostics;
using FLoRA.Benchmarks.Runs;
using FLoRA.Inference;
using FLoRA.Inference.Models;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Benchmarks.Speech;

/// <summary>One time all recordings.</summary>
/// <param name="WallS">From their submission to the last token, s.</param>
/// <param name="Units">Units of encoder work.</param>
/// <param name="Steps">Steps of the engine.</param>
internal sealed record SpeechRound(double WallS, IReadOnlyList<EncoderUnit> Units, IReadOnlyList<StepTrace> Steps);

/// <summary>A loaded and warm engine for a speech run.</summary>
internal sealed class SpeechSession : IRunningBench
{
    /// <summary>Start, language, task, no times: what they say does not change the work.</summary>
    public static IReadOnlyList<int> Prompt { get; } = [1, 2, 3, 4];

    private const int WarmTokens = 2, LeastRows = 256, MostSequences = 64;

    private readonly SpeechRun _run;
    private readonly BenchEngine _engine;
    private readonly SpeechClock _clock;
    private readonly int _windowsEach;
    private readonly Random _random = new(1);

    private SpeechSession(SpeechRun run, BenchEngine engine, SpeechClock clock, int windowsEach)
    {
        _run = run;
        _engine = engine;
        _clock = clock;
        _windowsEach = windowsEach;
    }

    /// <summary>The model.</summary>
    public DecoderBlueprint Blueprint => _engine.Blueprint;

    /// <summary>Windows of all recordings.</summary>
    public int Windows => _run.Recordings * _windowsEach;

    /// <summary>Loads the model and runs a window of every recording, up to one per adapter.</summary>
    /// <exception cref="ModelLoadException">The folder is not a speech model.</exception>
    public static async Task<SpeechSession> LoadAsync(SpeechRun run, ModelSource source)
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(source.Folder);
        if (blueprint.Encoder is not { } encoder)
            throw new ModelLoadException(source.Folder, $"model_type is '{blueprint.Family}', a model of text; expected a speech model");
        int windowsEach = Math.Max(1, (int)Math.Ceiling(run.Seconds * LogMel.FramesPerSecond / encoder.Frames)), sequences = Math.Min(run.Recordings * windowsEach, MostSequences);
        var clock = new SpeechClock();
        EngineOptions options = source.Options(run.Target);
        EngineOptions sized = options with
        {
            MaxSequences = sequences,
            MaxRows = Math.Max(LeastRows, sequences * run.Adapters.Rows * 2),
            KvTokens = sequences * (encoder.Positions + Prompt.Count + run.Tokens + (2 * options.BlockTokens)),
        };
        var session = new SpeechSession(run, await BenchEngine.LoadAsync(clock.Watch(sized), blueprint, run.Adapters).ConfigureAwait(false), clock, windowsEach);
        await session._engine.RunAsync(session.Requests(Math.Min(session.Windows, Math.Max(1, run.Adapters.Count) * windowsEach), Math.Min(WarmTokens, run.Tokens))).ConfigureAwait(false);
        return session;
    }

    /// <summary>Runs all recordings, none of which was met before.</summary>
    public async Task<SpeechRound> RunAsync()
    {
        Request[] requests = [.. Requests(Windows, _run.Tokens)];
        _clock.Start();
        long started = Stopwatch.GetTimestamp();
        await _engine.RunAsync(requests).ConfigureAwait(false);
        double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (IReadOnlyList<EncoderUnit> units, IReadOnlyList<StepTrace> steps) = _clock.Read();
        return new SpeechRound(wall, units, steps);
    }

    /// <inheritdoc/>
    public async Task<double> TokensPerSecondAsync(int steps) => Windows * _run.Tokens / (await RunAsync().ConfigureAwait(false)).WallS;

    public void Dispose() => _engine.Dispose();

    private IEnumerable<Request> Requests(int count, int tokens) => Enumerable.Range(0, count).Select(window => new Request
    {
        PromptTokens = Prompt,
        Audio = NoiseWindow.Of(_random, Blueprint.Encoder!.MelBins, Blueprint.Encoder.Frames),
        Adapter = _run.Adapters.Of(window / _windowsEach),
        MaxNewTokens = tokens,
        IgnoreEos = true,
    });
}
