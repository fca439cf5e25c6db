using CodeAgent.Agent;
using CodeAgent.Languages;
using CodeAgent.Sandbox;
using CodeAgent.View;
using FLoRA.Inference;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Spectre.Console;

namespace CodeAgent;

/// <summary>Puts the parts together: options in, exit code out.</summary>
internal sealed class AgentApp(IAnsiConsole console, TextWriter output, TextWriter error, string appFolder)
{
    private const int Success = 0, Failed = 1, Refused = 2, Interrupted = 130;

    /// <returns>0: ran to its end; 1: the engine could not answer a request; 2: the options, the model or an adapter are refused; 130: interrupted.</returns>
    public async Task<int> RunAsync(AgentOptions options, CancellationToken cancellationToken)
    {
        try
        {
            options.Validate();
            await WorkAsync(options, cancellationToken);
            return Success;
        }
        catch (Exception e) when (e is UsageException or ModelLoadException or AdapterLoadException or NativeRuntimeException or OptionsValidationException)
        {
            await error.WriteLineAsync(e.Message);
            return Refused;
        }
        catch (Exception e) when (e is InvalidRequestException or AdapterNotFoundException or EngineFaultException)
        {
            await error.WriteLineAsync(e.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("Interrupted.");
            return Interrupted;
        }
    }

    private async Task WorkAsync(AgentOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<Language> languages = LanguageTable.Parse(options.Languages);
        EmbeddedModel embedded = EmbeddedModel.Find(appFolder);
        IReadOnlyList<CodingTask> tasks = options.Task is null
            ? EvalSet.Choose(EvalSet.Load(embedded.EvalSets, languages), options.Tasks, options.Seed)
            : [PromptWriter.Write(options.Task.Trim(), Signature.Parse(options.Signature), languages)];
        ModelChoice choice = ModelChoice.Make(options, embedded, languages);
        using var json = options.Json is null ? null : OpenResults(options.Json);

        var sandbox = new ProgramSandbox(SandboxProtections.Detect(), TimeProvider.System);
        using var runner = new ProgramRunner(sandbox, Environment.ProcessorCount);
        var meter = new BatchMeter();
        Kernel kernel = AgentKernel.Build(choice, options.Threads, options.DType, meter);
        using var engine = (IDisposable)kernel.Services;
        Task<ModelInfo> load = Task.Run(() => AgentKernel.Load(kernel), cancellationToken);
        bool runs = options.Task is null || options.Run;
        IReadOnlyDictionary<string, Toolchain> tools = runs
            ? await new ToolFinder(runner, Environment.GetEnvironmentVariable("PATH")).FindAllAsync(languages, cancellationToken)
            : new Dictionary<string, Toolchain>();
        ModelInfo model = await load;
        foreach (string line in Introduction(model, choice, sandbox.Protections, languages, tools, runs))
            await output.WriteLineAsync(line);

        (Language Language, LanguageScore Score)[] scores = [.. languages.Select(l => (l, new LanguageScore(l.Id, choice.ByLanguage.GetValueOrDefault(l.Id))))];
        var coders = languages.ToDictionary(l => l.Id, l => new KernelCoder(kernel, l, choice.ByLanguage.GetValueOrDefault(l.Id), meter));
        Task Work(IAgentView view) => new AgentLoop(coders, runner, tools, view, options.Tries, options.Seed).RunAsync(tasks, scores, cancellationToken);
        if (IsLive(languages.Count))
        {
            var view = new LiveView(console, scores, meter, TimeProvider.System);
            await view.ShowAsync(() => Work(view));
        }
        else
        {
            await Work(new PlainView(output));
        }

        if (options.Task is not null)
        {
            foreach (string line in CodeListing.Lines(tasks[0], scores))
                await output.WriteLineAsync(line);
        }
        await output.WriteLineAsync();
        foreach (string line in ResultTable.Lines(scores.Select(s => s.Score)))
            await output.WriteLineAsync(line);
        await output.WriteLineAsync(ResultTable.Legend);
        if (json is not null)
            await json.WriteLineAsync(ResultJson.Write(scores.Select(s => s.Score)));
    }

    private bool IsLive(int panes) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi && PaneGrid.Fit(panes, console.Profile.Width, console.Profile.Height) is not null;

    private static IEnumerable<string> Introduction(
        ModelInfo model, ModelChoice choice, SandboxProtections protections, IReadOnlyList<Language> languages, IReadOnlyDictionary<string, Toolchain> tools, bool runs)
    {
        string[] onBase = [.. languages.Where(l => !choice.ByLanguage.ContainsKey(l.Id)).Select(l => l.Id)];
        yield return $"Model: {model.Id} ({model.ParameterCount / 1e6:0.0} M parameters), {choice.Adapters.Count} adapters; on the base: {Listed(onBase)}";
        if (!runs)
        {
            yield return "Programs: not run (--run runs them)";
            yield break;
        }
        yield return $"Programs: {Listed(languages.Where(l => tools.ContainsKey(l.Id)).Select(l => tools[l.Id].Tool))}; no tool, not run: {Listed(languages.Where(l => !tools.ContainsKey(l.Id)).Select(l => l.Id))}";
        yield return "Sandbox: " + protections.Describe();
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private static StreamWriter OpenResults(string file)
    {
        try
        {
            return new StreamWriter(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--json: '{file}' cannot be written: {e.Message}");
        }
    }
}
