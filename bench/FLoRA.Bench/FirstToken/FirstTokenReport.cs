using System.Globalization;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Bench.FirstToken;

/// <summary>Times of several runs.</summary>
/// <param name="Machine">Where.</param>
/// <param name="FirstRun">Before the files were in the page cache, if they were not already.</param>
/// <param name="Runs">The others.</param>
internal sealed record FirstTokenReport(Machine Machine, FloraRun FirstRun, IReadOnlyList<FloraRun> Runs)
{
    private const double BoundSeconds = 2;

    public IReadOnlyList<Bound> Bounds =>
    [
        new("process start to first token, s", [.. Runs.Select(run => run.FirstByteSeconds)], Below: BoundSeconds),
        new("process start to end, s", [.. Runs.Select(run => run.TotalSeconds)]),
        new("very first run: to first token, s", [FirstRun.FirstByteSeconds]),
    ];

    public string ToMarkdown() => string.Create(CultureInfo.InvariantCulture, $"""
        # First token of `flora generate` with tinycoder

        {Machine.ToMarkdown()}
        From before the process is started to the first byte on its stdout; {Runs.Count} runs after a first one.

        {Bound.ToMarkdown(Bounds)}
        """);
}
