using System.Globalization;
using System.Text;
using System.Text.Json;
using FLoRA.Benchmarks.Reports;
using static System.FormattableString;

namespace FLoRA.Bench.Limits;

/// <summary>What bench/int8.sh measured, as tables: steps and prompts against the machine's limits, comparisons, whole runs.</summary>
internal static class LimitsReport
{
    private const string CommonOptions = "decode --config bench/configs/starcoderbase-1b.json ";

    /// <summary>Markdown.</summary>
    /// <param name="runs">In the order of the script.</param>
    /// <param name="source">Name of the file they are from.</param>
    public static string Of(IReadOnlyList<NotedRun> runs, string source)
    {
        var text = new StringBuilder("# int8 at published shapes: random weights\n\n");
        text.Append("- machine: ").Append(Machine(runs)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"- from [{source}]({source}), which `bench/int8.sh` writes\n");
        if (runs.GroupBy(r => r.Run).Any(g => g.Count() > 1))
            text.Append("- what stands more than once was measured again later\n");
        if (runs.Any(r => r.Result.TryGetProperty("fraction_of_limit", out JsonElement share) && share.GetDouble() > 1))
            text.Append("- above 100 %: memory was faster during the run than in the probe of its reads before it\n");
        Append(text, Decoding(runs));
        Append(text, Comparisons(runs));
        Append(text, Serving(runs));
        Append(text, Prompts(runs));
        Append(text, Speech(runs));
        return text.ToString();
    }

    private static void Append(StringBuilder text, MarkdownTable table) => text.Append('\n').Append(table);

    private static string Machine(IReadOnlyList<NotedRun> runs)
    {
        JsonElement machine = runs[0].Result.GetProperty("machine");
        double[] reads = [.. runs.Where(r => r.Verb == "decode").Select(Reads)];
        string memory = reads.Length == 0 ? "" : Invariant($"; its reads moved between {reads.Min():0} and {reads.Max():0} GB/s from run to run");
        return $"{machine.GetProperty("cpu")}, {machine.GetProperty("cores")} cores, {machine.GetProperty("memory_gib")} GiB, {machine.GetProperty("simd")}{memory}";
    }

    private static double Reads(NotedRun run) => run.Number("roofline", "read_gb_per_s");

    private static MarkdownTable Decoding(IReadOnlyList<NotedRun> runs)
    {
        var table = new MarkdownTable("decode, rank-1 adapters unless said", "sequences", "rows", "step ms", "tokens/s", "reads GB/s", "of the limit", "peak MB");
        foreach (NotedRun run in runs.Where(r => r.Verb == "decode"))
        {
            table.Add(
                Shape(run) + Adapter(run, plain: ""),
                run.Option("--sequences", "1"),
                Invariant($"{run.Number("rows_per_step"):0}"),
                Invariant($"{run.Number("step_ms", "p50"):0.0}"),
                Invariant($"{run.Number("tokens_per_s"):0.0}"),
                Invariant($"{Reads(run):0}"),
                Percent(run),
                Invariant($"{run.Number("peak_memory_mb"):0}"));
        }

        return table;
    }

    private static MarkdownTable Comparisons(IReadOnlyList<NotedRun> runs)
    {
        var table = new MarkdownTable("tokens/s of A over B (1B shape), in turns in one process", "ratio", "quartiles");
        foreach (NotedRun run in runs.Where(r => r.Verb == "compare:"))
        {
            string arms = run.Run["compare: ".Length..].Replace(CommonOptions, "", StringComparison.Ordinal).Replace("--dtype int8 ", "", StringComparison.Ordinal).Replace("--", "", StringComparison.Ordinal);
            table.Add(arms, Invariant($"{run.Number("ratio"):0.000}"), Invariant($"{run.Number("ratio_low"):0.000} .. {run.Number("ratio_high"):0.000}"));
        }

        return table;
    }

    private static MarkdownTable Serving(IReadOnlyList<NotedRun> runs)
    {
        var table = new MarkdownTable("8 requests of 64 + 32 tokens, 8 adapters (1B shape)", "tokens/s", "first token p50 ms", "next tokens p50 ms");
        foreach (NotedRun run in runs.Where(r => r.Verb == "serving"))
        {
            foreach (NotedRun one in run.Result.TryGetProperty("runs", out JsonElement several) ? several.EnumerateArray().Select(r => new NotedRun(run.Run, r)) : [run])
            {
                string what = run.Option("--adapters", "0") == "0" ? "no adapter" : $"rank {(one.Result.TryGetProperty("rank", out JsonElement rank) ? rank.GetRawText() : run.Option("--ranks", "1"))}";
                table.Add(what, Invariant($"{one.Number("tokens_per_s"):0.0}"), Invariant($"{one.Number("time_to_first_token_ms", "p50"):0}"), Invariant($"{one.Number("time_per_output_token_ms", "p50"):0.0}"));
            }
        }

        return table;
    }

    private static MarkdownTable Prompts(IReadOnlyList<NotedRun> runs)
    {
        var table = new MarkdownTable("prompt of 512 tokens", "tokens/s", "of the limit");
        foreach (NotedRun run in runs.Where(r => r.Verb == "prefill"))
            table.Add(Shape(run) + Adapter(run, plain: ", rank 1"), Invariant($"{run.Number("tokens_per_s"):0}"), Percent(run));
        return table;
    }

    private static MarkdownTable Speech(IReadOnlyList<NotedRun> runs)
    {
        var table = new MarkdownTable("recordings of 30 s with 50 tokens each, as many rank-1 adapters", "recordings", "seconds of audio a second", "of the limit");
        foreach (NotedRun run in runs.Where(r => r.Verb == "speech"))
            table.Add(Shape(run), run.Option("--recordings", "1"), Invariant($"{run.Number("audio_s_per_s"):0}"), Percent(run));
        return table;
    }

    private static string Shape(NotedRun run) => Path.GetFileNameWithoutExtension(run.Option("--config", run.Option("--model", "?")));

    /// <summary>Behind the shape: which adapters.</summary>
    private static string Adapter(NotedRun run, string plain) => (run.Option("--adapters", "0"), run.Option("--rank", "1")) switch
    {
        ("0", _) => ", no adapter",
        (_, "1") => plain,
        (_, var rank) => $", rank {rank}",
    };

    private static string Percent(NotedRun run) => Invariant($"{100 * run.Number("fraction_of_limit"):0} %");
}
