using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Runs;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench cold</c>: the first token of a request whose adapter is in host memory, against one whose adapter is on the device.</summary>
internal static class ColdVerb
{
    private const int DefaultTokens = 16, DefaultRounds = 32;

    public static Command Create(Terminal terminal)
    {
        Option<int?> tokens = WholeNumber.Option("--prompt-tokens", "Tokens of each prompt; default 16.");
        Option<int?> rounds = WholeNumber.Option("--rounds", "Pairs of a cold and a warm request; default 32.");
        Command command = new("cold", "What it adds to a request's first token that its adapter is in host memory.") { tokens, rounds };
        var flags = new BenchFlags(command);
        new ResultFlags(command, terminal).SetAction(async (parsed, _) =>
        {
            using ModelSource source = flags.Source(parsed);
            AdapterLoad adapters = flags.Adapters(parsed);
            if (!adapters.Any || adapters.Count < 2)
                throw new UsageException("--adapters: expected at least 2, of which the device holds half");
            var run = new ColdRun(flags.Target(parsed), parsed.GetValue(tokens) ?? DefaultTokens, adapters, parsed.GetValue(rounds) ?? DefaultRounds);
            ColdResult result = await run.MeasureAsync(source);
            return new BenchOutcome(Machine.Describe(TimeProvider.System), json => Write(json, result), () => Describe(run, result));
        });
        return command;
    }

    private static void Write(Utf8JsonWriter json, ColdResult result)
    {
        ServingFields.Write(json, "cold_ms", result.ColdMs);
        ServingFields.Write(json, "warm_ms", result.WarmMs);
        json.WriteNumber("added_ms", Math.Round(result.AddedMs, 3));
        json.WriteNumber("install_ms", Math.Round(result.InstallMs, 3));
        json.WriteNumber("adapter_bytes", result.AdapterBytes);
        json.WriteNumber("resident_adapters", result.ResidentAdapters);
    }

    private static string Describe(ColdRun run, ColdResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        {run.Adapters.Count} x {run.Adapters.Kind.Name}, rank {run.Adapters.Rank}, of {result.AdapterBytes / 1e6:0.0} MB, {result.ResidentAdapters} on the device; prompts of {run.PromptTokens} tokens, {run.Target.DType}
          first token, cold  {result.ColdMs.P50,9:0.00} ms (95 %: {result.ColdMs.P95:0.00})
          first token, warm  {result.WarmMs.P50,9:0.00} ms (95 %: {result.WarmMs.P95:0.00})
          added              {result.AddedMs,9:0.00} ms, of which copying {result.InstallMs:0.00}

        """);
}
