using System.CommandLine;
using FLoRA.Bench.FirstToken;
using FLoRA.Bench.Limits;
using FLoRA.Bench.LoraBaseline;
using FLoRA.Bench.Serving;
using FLoRA.Bench.Speech;

namespace FLoRA.Bench;

/// <summary>The experiments; see bench/README.md. Exit code 0: ran and every bound holds; 1: a bound is missed; 2: could not run.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        RootCommand root = new("The experiments of FLoRA.NET. Each verb prints Markdown; --json and --markdown write files.")
        {
            ServeVerb.Create(),
            BmmVerb.Create(),
            MergeVerb.Create(),
            FirstTokenVerb.Create(),
            SpeechVerb.Create(),
            RealTimeVerb.Create(),
            LimitsVerb.Create(),
#if FLORA_MICRO
            Micro.MicroVerb.Create(),
#endif
        };
        try
        {
            ParseResult parsed = root.Parse(args);
            int exitCode = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
            return parsed.Errors.Count > 0 ? 2 : exitCode;
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync($"FLoRA.Bench: {failure.Message}");
            return 2;
        }
    }
}
