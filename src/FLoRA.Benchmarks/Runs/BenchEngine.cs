using System.Diagnostics;
using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Runs;

/// <summary>An engine with random adapters, and when each of its steps ended.</summary>
internal sealed class BenchEngine : IDisposable
{
    private const int PromptIds = 1000, FirstId = 5;

    private readonly List<(long Ended, StepTrace Trace)> _steps = [];
    private AdapterLoad _registered = AdapterLoad.None;
    private int _prompts;

    private BenchEngine(DecoderBlueprint blueprint) => Blueprint = blueprint;

    /// <summary>The engine.</summary>
    public Engine Engine { get; private set; } = null!;

    /// <summary>Its model.</summary>
    public DecoderBlueprint Blueprint { get; }

    /// <summary>Loads a model of text.</summary>
    /// <param name="source">The model.</param>
    /// <param name="options">Given the plain ones, those of the run.</param>
    /// <param name="target">Type, threads, device.</param>
    /// <param name="load">Adapters.</param>
    public static async Task<BenchEngine> LoadAsync(ModelSource source, Func<EngineOptions, EngineOptions> options, BenchTarget target, AdapterLoad load)
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(source.Folder);
        if (blueprint.Encoder is not null)
            throw new ModelLoadException(source.Folder, $"model_type is '{blueprint.Family}', a speech model; expected one of text ('flora bench speech' measures those)");
        return await LoadAsync(options(source.Options(target)), blueprint, load).ConfigureAwait(false);
    }

    /// <summary>Loads a model of any kind.</summary>
    /// <param name="options">All of them; a trace is called beside the engine's own.</param>
    /// <param name="blueprint">The model.</param>
    /// <param name="load">Adapters.</param>
    public static async Task<BenchEngine> LoadAsync(EngineOptions options, DecoderBlueprint blueprint, AdapterLoad load)
    {
        var made = new BenchEngine(blueprint);
        EngineOptions traced = options with { Trace = made.Record + options.Trace };
        made.Engine = Engine.Load(load.Kind.EngineForm?.Invoke(traced) ?? traced);
        await made.RegisterAsync(load).ConfigureAwait(false);
        return made;
    }

    /// <summary>Registers the adapters of another run; those of the last one go.</summary>
    public async Task RegisterAsync(AdapterLoad load)
    {
        int made = 0;
        for (int a = 0; a < (_registered.Any ? _registered.Count : 0); a++)
            await Engine.UnloadAdapterAsync(_registered.Name(a)).ConfigureAwait(false);
        foreach (Adapter[] some in Enumerable.Range(0, load.Any ? load.Count : 0).Chunk(Environment.ProcessorCount).Select(indices => indices.AsParallel().AsOrdered().Select(a => RandomAdapter.Of(load, Blueprint, a)).ToArray()))
        {
            foreach (Adapter adapter in some)
                Engine.RegisterAdapter(load.Name(made++), adapter);
        }

        _registered = load;
    }

    /// <summary>A prompt of which nothing was computed before: other tokens at every call, the same ones in every run of the program.</summary>
    public int[] NextPrompt(int tokens)
    {
        var random = new Random(_prompts++);
        return [.. Enumerable.Range(0, tokens).Select(_ => FirstId + random.Next(Math.Min(PromptIds, Blueprint.VocabularySize - FirstId)))];
    }

    /// <summary>Runs requests at the same time, to their ends: they are admitted in one step, however short steps are.</summary>
    public async Task RunAsync(IEnumerable<Request> requests)
    {
        Task[] reads;
        using (Engine.HoldSteps())
            reads = [.. requests.Select(ReadAsync)];
        await Task.WhenAll(reads).ConfigureAwait(false);
        await EndStepAsync().ConfigureAwait(false);
    }

    /// <summary>Callers have their last tokens before the step that gave them is recorded: waits for its record.</summary>
    public async Task EndStepAsync() => await Engine.ReadCountersAsync().ConfigureAwait(false);

    /// <summary>The steps since the last call, in order: when each ended, and what it did.</summary>
    public IReadOnlyList<(long Ended, StepTrace Trace)> TakeSteps()
    {
        lock (_steps)
        {
            (long, StepTrace)[] steps = [.. _steps];
            _steps.Clear();
            return steps;
        }
    }

    public void Dispose() => Engine.Dispose();

    private async Task ReadAsync(Request request)
    {
        await foreach (GeneratedToken _ in ((IAsyncEnumerable<GeneratedToken>)Engine.Submit(request)).ConfigureAwait(false))
        {
        }
    }

    private void Record(StepTrace trace)
    {
        lock (_steps)
            _steps.Add((Stopwatch.GetTimestamp(), trace));
    }
}
