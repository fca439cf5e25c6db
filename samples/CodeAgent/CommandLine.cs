using System.CommandLine;

namespace CodeAgent;

/// <summary>The options as the user types them.</summary>
internal static class CommandLine
{
    /// <summary>The command; <paramref name="run"/> gives the exit code.</summary>
    public static RootCommand Create(Func<AgentOptions, CancellationToken, Task<int>> run)
    {
        var model = new Option<string?>("--model") { Description = "Model folder (default: the embedded tinycoder)", HelpName = "DIR" };
        var adapters = new Option<string?>("--adapters") { Description = "Folder of adapters; a language takes <ext>-flora-r4, else <ext>, else the first <ext>-*", HelpName = "DIR" };
        var baseOnly = new Option<bool>("--base") { Description = "The same without adapters" };
        var languages = new Option<string?>("--languages") { Description = "Some of py,js,rb,pl,lua,rkt,rs,r,php,sh (default: all)", HelpName = "LIST" };
        var tasks = new Option<int>("--tasks") { Description = "Number of problems from the eval set", DefaultValueFactory = _ => new AgentOptions().Tasks, HelpName = "N" };
        var tries = new Option<int>("--tries") { Description = "Most completions per language and problem; the first is greedy, the others are sampled", DefaultValueFactory = _ => new AgentOptions().Tries, HelpName = "N" };
        var seed = new Option<int>("--seed") { Description = "Chooses the problems and seeds the sampling", DefaultValueFactory = _ => new AgentOptions().Seed, HelpName = "S" };
        var json = new Option<string?>("--json") { Description = "Writes the results as JSON", HelpName = "FILE" };
        var task = new Option<string?>("--task") { Description = "A task in your words, in place of the eval set; nothing is run then without --run", HelpName = "TEXT" };
        var signature = new Option<string>("--signature") { Description = "Function of the typed task; types: int, bool, str, ints, strs", DefaultValueFactory = _ => new AgentOptions().Signature, HelpName = "TEXT" };
        var runTyped = new Option<bool>("--run") { Description = "Runs the programs of a typed task (without tests: does it start and end well?)" };
        var threads = new Option<int?>("--threads") { Description = "Kernel threads (default: processors)", HelpName = "N" };
        var dtype = new Option<string>("--dtype") { Description = "Type of weights and computation: float32, bfloat16, float16 or int8", DefaultValueFactory = _ => new AgentOptions().DType, HelpName = "TYPE" };
        var command = new RootCommand("A coding agent in ten languages: one small model, an adapter per language, one batch; every program is run and judged.")
        {
            model, adapters, baseOnly, languages, tasks, tries, seed, json, task, signature, runTyped, threads, dtype,
        };
        command.SetAction((parsed, cancellationToken) => run(
            new AgentOptions
            {
                Model = parsed.GetValue(model),
                Adapters = parsed.GetValue(adapters),
                Base = parsed.GetValue(baseOnly),
                Languages = parsed.GetValue(languages),
                Tasks = parsed.GetValue(tasks),
                Tries = parsed.GetValue(tries),
                Seed = parsed.GetValue(seed),
                Json = parsed.GetValue(json),
                Task = parsed.GetValue(task),
                Signature = parsed.GetValue(signature)!,
                Run = parsed.GetValue(runTyped),
                Threads = parsed.GetValue(threads),
                DType = parsed.GetValue(dtype)!,
            },
            cancellationToken));
        return command;
    }
}
