using System.CommandLine;
using System.Globalization;
using FLoRA.Benchmarks.Runs;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench decode</c>: steps that decode, against the machine's limit.</summary>
internal static class DecodeVerb
{
    private const int DefaultContextTokens = 64, DefaultSteps = 64;

    public static Command Create(Terminal terminal)
    {
        (Command command, Func<ParseResult, (DecodeRun, ModelSource)> read) = Define();
        LimitedRun.SetAction(command, terminal, read, (run, source, roofline) => run.MeasureAsync(source, roofline), Write, Describe);
        return command;
    }

    /// <summary>The command without what it does, and what reads its options.</summary>
    public static (Command Command, Func<ParseResult, (DecodeRun Run, ModelSource Source)> Read) Define()
    {
        Option<int?> sequences = WholeNumber.Option("--sequences", "Sequences of a step; default 1.");
        Option<int?> context = WholeNumber.Option("--context", "Tokens that each holds before; default 64.");
        Option<int?> steps = WholeNumber.Option("--steps", "Measured steps; default 64.");
        Command command = new("decode", "Decoding steps of a model, and the shortest time that this machine can take for them.") { sequences, context, steps };
        var flags = new BenchFlags(command);
        return (command, parsed => (new DecodeRun(
            flags.Target(parsed),
            parsed.GetValue(sequences) ?? 1,
            flags.Adapters(parsed),
            parsed.GetValue(context) ?? DefaultContextTokens,
            parsed.GetValue(steps) ?? DefaultSteps), flags.Source(parsed)));
    }

    private static void Write(System.Text.Json.Utf8JsonWriter writer, DecodeResult result)
    {
        writer.WriteStartObject("step_ms");
        writer.WriteNumber("p50", Math.Round(result.StepMsP50, 4));
        writer.WriteNumber("p95", Math.Round(result.StepMsP95, 4));
        writer.WriteEndObject();
        writer.WriteNumber("tokens_per_s", Math.Round(result.TokensPerS, 2));
        writer.WriteNumber("rows_per_step", result.RowsPerStep);
        writer.WriteNumber("bytes_per_step", result.BytesPerStep);
        writer.WriteNumber("multiply_adds_per_step", result.MultiplyAddsPerStep);
        writer.WriteNumber("limit_ms", Math.Round(result.LimitMs, 4));
        writer.WriteNumber("fraction_of_limit", Math.Round(result.FractionOfLimit, 4));
        writer.WriteStartObject("parts_ms");
        writer.WriteNumber("forward", Math.Round(result.Parts.ForwardMs, 4));
        writer.WriteNumber("sample", Math.Round(result.Parts.SampleMs, 4));
        writer.WriteNumber("rest", Math.Round(result.Parts.RestMs, 4));
        writer.WriteEndObject();
        writer.WriteNumber("peak_memory_mb", Math.Round(result.PeakMemoryMb, 1));
        writer.WriteStartObject("roofline");
        RooflineVerb.Write(writer, result.Roofline);
        writer.WriteEndObject();
    }

    private static string Describe(DecodeRun run, DecodeResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        {run.Sequences} sequences, {result.RowsPerStep} rows, {run.Target.DType}, {result.Roofline.Threads} threads
          step               {result.StepMsP50,9:0.000} ms (95 %: {result.StepMsP95:0.000})
          tokens             {result.TokensPerS,9:0.0} /s
          memory, products   {result.BytesPerStep / 1e9,9:0.000} GB, {result.MultiplyAddsPerStep / 1e9:0.000} G multiply-adds a step
          limit              {result.LimitMs,9:0.000} ms: {result.FractionOfLimit:0.0 %} of it reached
          a step's parts     {result.Parts.ForwardMs,9:0.000} ms forward, {result.Parts.SampleMs:0.000} sampling, {result.Parts.RestMs:0.000} the rest
          peak memory        {result.PeakMemoryMb,9:0} MB

        """);
}
