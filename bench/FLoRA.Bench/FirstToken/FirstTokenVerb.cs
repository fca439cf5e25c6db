using System.CommandLine;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Bench.FirstToken;

/// <summary><c>first-token</c>: how long a user of the command line waits for the first token.</summary>
internal static class FirstTokenVerb
{
    public static Command Create()
    {
        Command command = new("first-token", "Times flora generate with tinycoder from process start to its first byte.");
        Option<FileInfo?> flora = new("--flora") { Description = "The flora program; default: the Release build of src/FLoRA.Cli.", HelpName = "FILE" };
        Option<int> runs = Positive.Option("--runs", "Measured runs.", 15);
        Option<int> newTokens = Positive.Option("--new-tokens", "Tokens of a run.", 32);
        foreach (Option option in (Option[])[flora, runs, newTokens])
            command.Add(option);
        ReportFlags report = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Machine machine = Machine.Describe(TimeProvider.System);
            string program = parsed.GetValue(flora)?.FullName ?? Path.Combine(Places.Root(), "src", "FLoRA.Cli", "bin", "Release", "net10.0", "flora");
            if (!File.Exists(program))
                throw new FileNotFoundException($"Expected flora at {program}; build it with 'dotnet build src/FLoRA.Cli -c Release' or give --flora.");
            var process = new FloraProcess(program, Places.TinyCoder(), parsed.GetValue(newTokens));
            FloraRun first = await process.RunAsync(cancellationToken);
            var measured = new List<FloraRun>();
            for (int run = 0; run < parsed.GetValue(runs); run++)
                measured.Add(await process.RunAsync(cancellationToken));
            var result = new FirstTokenReport(machine, first, measured);
            await report.WriteAsync(parsed, result.ToMarkdown(), result, cancellationToken);
            return result.Bounds.All(bound => bound.Holds) ? 0 : 1;
        });
        return command;
    }
}
