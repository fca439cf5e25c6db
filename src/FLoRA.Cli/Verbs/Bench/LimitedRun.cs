using System.CommandLine;
using System.Text.Json;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Benchmarks.Runs;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>What the verbs do whose runs are held against the machine's limit: measure the machine, then the run, then tell.</summary>
internal static class LimitedRun
{
    /// <summary>Gives <paramref name="command"/> its action.</summary>
    public static void SetAction<TRun, TResult>(
        Command command,
        Terminal terminal,
        Func<ParseResult, (TRun Run, ModelSource Source)> read,
        Func<TRun, ModelSource, Roofline, Task<TResult>> measure,
        Action<Utf8JsonWriter, TResult> write,
        Func<TRun, TResult, string> describe)
        where TRun : IBenchRun
        where TResult : ILimitedResult
    {
        new ResultFlags(command, terminal).SetAction(async (parsed, _) =>
        {
            (TRun run, ModelSource source) = read(parsed);
            using ModelSource owned = source;
            Roofline roofline = RooflineProbe.Measure(run.Target);
            TResult result = await measure(run, source, roofline);
            return new BenchOutcome(ResultFlags.MachineOf(result.Roofline), json => write(json, result), () => describe(run, result));
        });
    }
}
