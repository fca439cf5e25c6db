using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Benchmarks.Runs;
using FLoRA.Benchmarks.Serving;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench serving</c>: the paper's experiments.</summary>
internal static class ServingVerb
{
    private static readonly Dictionary<string, Popularity> Popularities = new(StringComparer.Ordinal)
    {
        ["distinct"] = Popularity.Distinct, ["uniform"] = Popularity.Uniform, ["zipf"] = Popularity.Zipf, ["identical"] = Popularity.Identical,
    };

    public static Command Create(Terminal terminal)
    {
        Option<int?> requests = WholeNumber.Option("--requests", "Requests; default 32.");
        Option<double?> rate = Number.Option<double>("--rate", "Arrivals per second, at random times; default: all at once.", "R", "a number above 0");
        Option<int?> prompt = WholeNumber.Option("--prompt-tokens", "Tokens of every prompt; default 64.");
        Option<int?> output = WholeNumber.Option("--output-tokens", "Tokens of every output; default 32.");
        Option<string?> lengths = new("--lengths") { Description = "sharegpt: lengths like those of conversations, in place of fixed ones.", HelpName = "sharegpt" };
        Option<double?> scale = Number.Option<double>("--scale", "Factor on those lengths; default 1.", "S", "a number above 0");
        Option<string> popularity = new("--popularity") { Description = $"Which adapter a request asks for: {string.Join(", ", Popularities.Keys)}.", HelpName = "P", DefaultValueFactory = _ => "distinct" };
        Option<string?> ranks = new("--ranks") { Description = "Ranks, one run each, such as 1,2,4.", HelpName = "R[,R..]" };
        Option<int?> sequences = WholeNumber.Option("--max-sequences", "Sequences that run at the same time; default 64.");
        Option<int?> seed = WholeNumber.Option("--seed", "Of arrivals, lengths and choices; default 1.");
        Command command = new("serving", "Requests with adapters, all at once or at random times: tokens a second and how long callers wait.") { requests, rate, prompt, output, lengths, scale, popularity, ranks, sequences, seed };
        var written = new ResultFlags(command, terminal);
        var flags = new BenchFlags(command);
        command.SetAction(async (parsed, _) =>
        {
            using ModelSource source = flags.Source(parsed);
            AdapterLoad load = flags.Adapters(parsed);
            var results = new List<ServingResult>();
            int[] all = Ranks(parsed.GetValue(ranks)) ?? [load.Rank];
            foreach (int rank in all)
            {
                var run = new ServingRun(
                    flags.DType(parsed),
                    flags.Threads(parsed),
                    parsed.GetValue(requests) ?? 32,
                    Above(parsed.GetValue(rate), "--rate"),
                    Lengths(parsed.GetValue(lengths), parsed.GetValue(prompt), parsed.GetValue(output), Above(parsed.GetValue(scale), "--scale")),
                    load with { Rank = rank },
                    Popularities.TryGetValue(parsed.GetRequiredValue(popularity), out Popularity chosen) ? chosen : throw new UsageException($"--popularity: expected {string.Join(", ", Popularities.Keys)}; got '{parsed.GetValue(popularity)}'"),
                    parsed.GetValue(sequences) ?? 64,
                    parsed.GetValue(seed) ?? 1);
                results.Add(await run.MeasureAsync(source));
            }

            int threads = flags.Threads(parsed) ?? Environment.ProcessorCount;
            Machine machine = Machine.Describe(TimeProvider.System) with { Threads = threads, ReadGBPerS = RooflineProbe.MeasureReads(threads) };
            return await written.WriteAsync(parsed, machine, json => Write(json, results), () => string.Concat(results.Select(Describe)));
        });
        return command;
    }

    private static TokenLengths Lengths(string? named, int? prompt, int? output, double? scale) => named switch
    {
        null when scale is not null => throw new UsageException("--scale: goes with --lengths sharegpt"),
        null => new FixedLengths(prompt ?? 64, output ?? 32),
        "sharegpt" when prompt is null && output is null => new ConversationLengths(scale ?? 1),
        "sharegpt" => throw new UsageException("expected --lengths sharegpt, or --prompt-tokens and --output-tokens; got both"),
        _ => throw new UsageException($"--lengths: expected sharegpt, got '{named}'"),
    };

    private static double? Above(double? value, string name) => value is null or > 0 ? value : throw new UsageException($"{name}: expected a number above 0, got {value}");

    private static int[]? Ranks(string? text) => text is null ? null
        : [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank >= 1 ? rank : throw new UsageException($"--ranks: expected whole numbers of at least 1, such as 1,2,4; got '{text}'"))];

    private static void Write(Utf8JsonWriter writer, List<ServingResult> results)
    {
        if (results.Count == 1)
        {
            Write(writer, results[0]);
            return;
        }

        writer.WriteStartArray("runs");
        foreach (ServingResult result in results)
        {
            writer.WriteStartObject();
            writer.WriteNumber("rank", result.Rank);
            Write(writer, result);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, ServingResult result)
    {
        writer.WriteNumber("tokens_per_s", Math.Round(result.TokensPerS, 2));
        writer.WriteNumber("requests", result.Requests);
        writer.WriteNumber("output_tokens", result.OutputTokens);
        writer.WriteNumber("wall_s", Math.Round(result.WallS, 4));
        Write(writer, "time_to_first_token_ms", result.TimeToFirstTokenMs);
        Write(writer, "time_per_output_token_ms", result.TimePerOutputTokenMs);
        Write(writer, "queue_ms", result.QueueMs);
        writer.WriteNumber("mean_rows", Math.Round(result.MeanRows, 2));
        writer.WriteNumber("mean_sequences", Math.Round(result.MeanSequences, 2));
        writer.WriteNumber("peak_memory_mb", Math.Round(result.PeakMemoryMb, 1));
    }

    private static void Write(Utf8JsonWriter writer, string name, Percentiles percentiles)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("p50", Math.Round(percentiles.P50, 3));
        writer.WriteNumber("p95", Math.Round(percentiles.P95, 3));
        writer.WriteNumber("p99", Math.Round(percentiles.P99, 3));
        writer.WriteEndObject();
    }

    private static string Describe(ServingResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        rank {result.Rank}: {result.Requests} requests, {result.OutputTokens} tokens in {result.WallS:0.00} s
          tokens             {result.TokensPerS,9:0.0} /s
          first token        {result.TimeToFirstTokenMs.P50,9:0.0} ms (95 %: {result.TimeToFirstTokenMs.P95:0.0}, 99 %: {result.TimeToFirstTokenMs.P99:0.0})
          next tokens        {result.TimePerOutputTokenMs.P50,9:0.00} ms each (95 %: {result.TimePerOutputTokenMs.P95:0.00}, 99 %: {result.TimePerOutputTokenMs.P99:0.00})
          queue              {result.QueueMs.P50,9:0.0} ms (95 %: {result.QueueMs.P95:0.0})
          a step             {result.MeanRows,9:0.0} rows, {result.MeanSequences:0.0} sequences
          peak memory        {result.PeakMemoryMb,9:0} MB

        """);
}
