using System.CommandLine;
using System.Globalization;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Benchmarks.Runs;
using FLoRA.Benchmarks.Serving;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench serving</c>: the paper's experiments.</summary>
internal static class ServingVerb
{
    public static Command Create(Terminal terminal)
    {
        Command command = New();
        var flags = new ServingFlags(command);
        Option<string?> markdown = new("--markdown") { Description = "Writes tables to FILE too.", HelpName = "FILE" };
        Option<string?> plots = new("--plots") { Description = "Writes throughput.png and latency.png, both against the rank, into FOLDER.", HelpName = "FOLDER" };
        command.Add(markdown);
        command.Add(plots);
        new ResultFlags(command, terminal, markdown, plots).SetAction(async (parsed, cancellationToken) =>
        {
            ServingGrid grid = flags.Read(parsed);
            bool isSingle = flags.IsSingle(parsed);
            using ModelSource source = flags.Source(parsed);
            string model = flags.ModelName(parsed);
            if (parsed.GetValue(plots) is not null && !grid.IsFigure)
                throw new UsageException("--plots: takes one number of requests and one of adapters; got several");
            OutputPlace.CheckFile(markdown.Name, parsed.GetValue(markdown));
            OutputPlace.CheckFolder(plots.Name, parsed.GetValue(plots));
            ServingReport report = await grid.MeasureAsync(source, cell => Tell(terminal, grid, cell));
            int threads = grid.Target.ThreadCount;
            Machine machine = Machine.Describe(TimeProvider.System) with { Threads = threads, ReadGBPerS = RooflineProbe.MeasureReads(threads) };
            IReadOnlyList<string> images = parsed.GetValue(plots) is { } folder ? ServingPlots.Write(report, model, machine, folder) : [];
            if (parsed.GetValue(markdown) is { } file)
                await File.WriteAllTextAsync(file, ServingMarkdown.Write(report, model, machine, [.. images.Select(image => Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(file))!, image))]), cancellationToken);
            return new BenchOutcome(
                machine,
                json =>
                {
                    if (isSingle)
                        ServingFields.Write(json, report.Cells[0].Result);
                    else
                        ServingFields.Write(json, report);
                },
                () => isSingle ? Describe(report.Cells[0]) : ServingMarkdown.Write(report, model, machine, []));
        });
        return command;
    }

    /// <summary>One run, for a comparison: the command without what it does, and what reads its options.</summary>
    public static (Command Command, Func<ParseResult, (ServingGrid Run, ModelSource Source)> Read) Define()
    {
        Command command = New();
        var flags = new ServingFlags(command);
        return (command, parsed => flags.Read(parsed) is { Runs.Count: 1 } single
            ? (single, flags.Source(parsed))
            : throw new UsageException($"serving: expected one kind, rank, rate, number of requests and of adapters, got {flags.Read(parsed).Runs.Count} runs"));
    }

    private static Command New() => new("serving", "Requests with adapters, all at once or at random times: tokens a second and how long callers wait. Several kinds, ranks and rates make a figure.");

    /// <summary>Figures take long: every run of one tells when it ends.</summary>
    private static void Tell(Terminal terminal, ServingGrid grid, ServingCell cell)
    {
        if (grid.Runs.Count * grid.Rounds > 1)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"flora: {cell.Name}: {cell.Result.TokensPerS:0.0} tokens/s in {cell.Result.WallS:0.0} s"));
    }

    private static string Describe(ServingCell cell)
    {
        ServingResult result = cell.Result;
        return string.Create(CultureInfo.InvariantCulture, $"""
            {cell.Name}: {result.Requests} requests, {result.OutputTokens} tokens in {result.WallS:0.00} s
              tokens             {result.TokensPerS,9:0.0} /s
              first token        {result.TimeToFirstTokenMs.P50,9:0.0} ms (95 %: {result.TimeToFirstTokenMs.P95:0.0}, 99 %: {result.TimeToFirstTokenMs.P99:0.0})
              next tokens        {result.TimePerOutputTokenMs.P50,9:0.00} ms each (95 %: {result.TimePerOutputTokenMs.P95:0.00}, 99 %: {result.TimePerOutputTokenMs.P99:0.00})
              found in the cache {result.CachedPromptTokens,9} tokens of prompts
              queue              {result.QueueMs.P50,9:0.0} ms (95 %: {result.QueueMs.P95:0.0})
              a step             {result.MeanRows,9:0.0} rows, {result.MeanSequences:0.0} sequences
              peak memory        {result.PeakMemoryMb,9:0} MB

            """);
    }
}
