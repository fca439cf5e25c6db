using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Runs;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench compare</c>: two runs in turns in one process.</summary>
internal static class CompareVerb
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> first = new("A") { Description = "A run, such as 'decode --config FILE --sequences 8 --adapters 8'." };
        Argument<string> second = new("B") { Description = "The run that it is held against." };
        Command command = new("compare", "Tokens a second of A over B: both in one process, in turns A B B A, 128 steps each (of serving and speech: eight times the whole).") { first, second };
        new ResultFlags(command, terminal).SetAction(async (parsed, _) =>
        {
            (IBenchRun a, ModelSource sourceA) = Read(parsed.GetRequiredValue(first));
            using ModelSource ownedA = sourceA;
            (IBenchRun b, ModelSource sourceB) = Read(parsed.GetRequiredValue(second));
            using ModelSource ownedB = sourceB;
            ComparisonResult result = await new Comparison(a, sourceA, b, sourceB).MeasureAsync();
            return new BenchOutcome(Machine.Describe(TimeProvider.System), json => Write(json, result), () => Describe(result));
        });
        return command;
    }

    private static (IBenchRun Run, ModelSource Source) Read(string arguments)
    {
        string[] words = [.. CommandLineParser.SplitCommandLine(arguments)];
        return words.FirstOrDefault() switch
        {
            "decode" => Read(DecodeVerb.Define()),
            "prefill" => Read(PrefillVerb.Define()),
            "serving" => Read(ServingVerb.Define()),
            "speech" => Read(SpeechVerb.Define()),
            _ => throw new UsageException($"expected a run that begins with decode, prefill, serving or speech, got '{arguments}'"),
        };

        (IBenchRun, ModelSource) Read<TRun>((Command Command, Func<ParseResult, (TRun, ModelSource)> Read) verb) where TRun : IBenchRun
        {
            ParseResult parsed = verb.Command.Parse(words[1..]);
            return parsed.Errors.Count == 0 ? verb.Read(parsed) : throw new UsageException($"'{arguments}': {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter writer, ComparisonResult result)
    {
        writer.WriteNumber("ratio", Math.Round(result.Ratio, 4));
        writer.WriteNumber("ratio_low", Math.Round(result.RatioLow, 4));
        writer.WriteNumber("ratio_high", Math.Round(result.RatioHigh, 4));
        writer.WriteNumber("tokens_per_s_a", Math.Round(result.TokensPerSA, 2));
        writer.WriteNumber("tokens_per_s_b", Math.Round(result.TokensPerSB, 2));
    }

    private static string Describe(ComparisonResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        A over B   {result.Ratio:0.000} (quartiles {result.RatioLow:0.000} .. {result.RatioHigh:0.000}) of tokens/s
          A        {result.TokensPerSA,9:0.0} tokens/s
          B        {result.TokensPerSB,9:0.0} tokens/s

        """);
}
