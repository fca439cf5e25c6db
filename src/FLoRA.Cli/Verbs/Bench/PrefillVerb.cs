using System.CommandLine;
using System.Globalization;
using FLoRA.Benchmarks.Runs;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench prefill</c>: prompts, against the machine's limit.</summary>
internal static class PrefillVerb
{
    private const int DefaultTokens = 512, DefaultRounds = 5;

    public static Command Create(Terminal terminal)
    {
        (Command command, Func<ParseResult, (PrefillRun, ModelSource)> read) = Define();
        LimitedRun.SetAction(command, terminal, read, (run, source, roofline) => run.MeasureAsync(source, roofline), Write, Describe);
        return command;
    }

    /// <summary>The command without what it does, and what reads its options.</summary>
    public static (Command Command, Func<ParseResult, (PrefillRun Run, ModelSource Source)> Read) Define()
    {
        Option<int?> tokens = WholeNumber.Option("--tokens", "Tokens of the prompt, computed as one chunk; default 512.");
        Option<int?> rounds = WholeNumber.Option("--rounds", "Measured prompts; default 5.");
        Command command = new("prefill", "Prompts of a model, and the shortest time that this machine can take for them.") { tokens, rounds };
        var flags = new BenchFlags(command);
        return (command, parsed => (new PrefillRun(
            flags.Target(parsed),
            parsed.GetValue(tokens) ?? DefaultTokens,
            flags.Adapters(parsed),
            parsed.GetValue(rounds) ?? DefaultRounds), flags.Source(parsed)));
    }

    private static void Write(System.Text.Json.Utf8JsonWriter writer, PrefillResult result)
    {
        writer.WriteNumber("tokens_per_s", Math.Round(result.TokensPerS, 2));
        writer.WriteNumber("multiply_adds", result.MultiplyAdds);
        writer.WriteNumber("limit_ms", Math.Round(result.LimitMs, 4));
        writer.WriteNumber("fraction_of_limit", Math.Round(result.FractionOfLimit, 4));
        writer.WriteNumber("peak_memory_mb", Math.Round(result.PeakMemoryMb, 1));
        writer.WriteStartObject("roofline");
        RooflineVerb.Write(writer, result.Roofline);
        writer.WriteEndObject();
    }

    private static string Describe(PrefillRun run, PrefillResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        {run.Tokens} prompt tokens, {run.Target.DType}, {result.Roofline.Threads} threads
          tokens             {result.TokensPerS,9:0.0} /s
          products           {result.MultiplyAdds / 1e9,9:0.000} G multiply-adds
          limit              {result.LimitMs,9:0.000} ms: {result.FractionOfLimit:0.0 %} of it reached
          peak memory        {result.PeakMemoryMb,9:0} MB

        """);
}
