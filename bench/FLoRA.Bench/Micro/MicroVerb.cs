using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace FLoRA.Bench.Micro;

/// <summary><c>micro</c>: small parts alone, with BenchmarkDotNet.</summary>
internal static class MicroVerb
{
    private static readonly Type[] Benchmarks =
        [typeof(AdaptedLinearBenchmark), typeof(SamplerBenchmark), typeof(SchedulerBenchmark), typeof(TokenizerBenchmark), typeof(LogMelBenchmark), typeof(AudioReaderBenchmark)];

    public static Command Create()
    {
        Command command = new("micro", "Micro-benchmarks of single parts. What follows -- goes to BenchmarkDotNet, such as --filter *Sampler*.");
        Option<FileInfo?> markdown = new("--markdown") { Description = "Writes the tables to FILE too.", HelpName = "FILE" };
        Argument<string[]> further = new("further") { Description = "Arguments of BenchmarkDotNet.", Arity = ArgumentArity.ZeroOrMore };
        command.Add(markdown);
        command.Add(further);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // In this process: the natives are loaded once, by our own loader, and no project is generated.
            IConfig config = DefaultConfig.Instance
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default);
            string[] arguments = parsed.GetValue(further) is { Length: > 0 } given ? given : ["--filter", "*"];
            Summary[] summaries = [.. BenchmarkSwitcher.FromTypes(Benchmarks).Run(arguments, config)];
            if (parsed.GetValue(markdown) is { } file)
                await SummaryFile.WriteAsync(file, summaries, cancellationToken);
            return summaries.Length > 0 && summaries.All(s => s.Reports.Length > 0 && s.Reports.All(r => r.Success)) ? 0 : 2;
        });
        return command;
    }
}
