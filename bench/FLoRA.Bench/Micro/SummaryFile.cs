using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Bench.Micro;

/// <summary>BenchmarkDotNet's tables in one file, in the form of the other reports.</summary>
internal static class SummaryFile
{
    public static async Task WriteAsync(FileInfo file, IEnumerable<Summary> summaries, CancellationToken cancellationToken)
    {
        var logger = new AccumulationLogger();
        foreach (Summary summary in summaries)
        {
            logger.WriteLine($"\n## {summary.BenchmarksCases[0].Descriptor.Type.Name}");
            MarkdownExporter.GitHub.ExportToLog(summary, logger);
        }

        file.Directory?.Create();
        await File.WriteAllTextAsync(file.FullName, $"# Micro-benchmarks\n\n{Machine.Describe(TimeProvider.System).ToMarkdown()}{logger.GetLog()}", cancellationToken);
    }
}
