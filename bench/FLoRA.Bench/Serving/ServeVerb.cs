using System.CommandLine;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using FLoRA.Inference;

namespace FLoRA.Bench.Serving;

/// <summary><c>serve</c>: many adapters in one batch against the base, and many requests against one at a time.</summary>
internal static class ServeVerb
{
    public static Command Create()
    {
        Command command = new("serve", "Serves the same prompts alone, batched, and with different adapters; holds the ratios against the project's bounds.");
        Option<int> threads = Positive.Option("--threads", "Kernel threads.", Environment.ProcessorCount);
        Option<int> rounds = Positive.Option("--rounds", "Measured rounds.", 20);
        Option<int> warmup = Positive.Option("--warmup-rounds", "Rounds before them that are dropped.", 3);
        Option<int> newTokens = Positive.Option("--new-tokens", "Tokens per request.", 64);
        Option<string> device = new("--device") { Description = "auto, cpu or cuda.", DefaultValueFactory = _ => "cpu" };
        Option<string> dtype = new("--dtype") { Description = "float32, bfloat16 or float16.", DefaultValueFactory = _ => "float32" };
        Option<bool> repeat = new("--repeat") { Description = "Two base arms once more, to show the noise." };
        foreach (Option option in (Option[])[threads, rounds, warmup, newTokens, device, dtype, repeat])
            command.Add(option);
        ReportFlags report = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Machine machine = Machine.Describe(TimeProvider.System);
            string coder = Places.TinyCoder();
            using Engine engine = Engine.Load(new EngineOptions
            {
                Model = Path.Combine(coder, "model"),
                AdapterFolders = [Path.Combine(coder, "adapters")],
                Threads = parsed.GetValue(threads),
                Device = parsed.GetValue(device)!,
                DType = parsed.GetValue(dtype)!,
            });
            IReadOnlyList<IReadOnlyList<int>> prompts = Prompts.Read(coder, Arms.AllRequests);
            var run = new ArmRun(engine, prompts, parsed.GetValue(newTokens));
            var arms = await ServingExperiment.RunAsync(run, Arms.All(parsed.GetValue(repeat)), parsed.GetValue(warmup), parsed.GetValue(rounds), cancellationToken);
            var result = new ServingReport(
                machine, engine.Model, engine.Info, prompts.Count, prompts.Average(p => p.Count), parsed.GetValue(newTokens), arms, ServingBounds.Of(arms, engine.Info.Device == "cpu"));
            await report.WriteAsync(parsed, result.ToMarkdown(), result, cancellationToken);
            return result.Bounds.All(bound => bound.Holds) ? 0 : 1;
        });
        return command;
    }
}
