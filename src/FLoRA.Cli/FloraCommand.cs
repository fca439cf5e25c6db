using System.CommandLine;
using FLoRA.Cli.Verbs;
using FLoRA.Cli.Verbs.Bench;

namespace FLoRA.Cli;

/// <summary>The command line as a whole: parses, runs the verb, turns every failure into a message and an exit code.</summary>
internal static class FloraCommand
{
    // A prompt may begin with '@': it is not the name of a file with more arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private const string VerboseName = "--verbose";

    /// <summary>Whether stack traces are asked for.</summary>
    public static bool IsVerbose(ParseResult parsed) => parsed.GetValue<bool>(VerboseName);

    /// <summary>Runs one command line to its end.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        Option<bool> verbose = new(VerboseName) { Description = "Show stack traces of errors.", Recursive = true };
        RootCommand root = new("FLoRA.NET: one local model, many adapters, one batch. Results go to stdout, the log to stderr.")
        {
            verbose,
            InfoVerb.Create(terminal),
            GenerateVerb.Create(terminal),
            ScoreVerb.Create(terminal),
            TranscribeVerb.Create(terminal),
            TokenizeVerb.Create(terminal),
            TemplateVerb.Create(terminal),
            FeaturesVerb.Create(terminal),
            ChatVerb.Create(terminal),
            AdaptersVerb.Create(terminal),
            BenchVerb.Create(terminal),
        };
        ParseResult parsed = root.Parse(args, Parsing);
        if (parsed.Errors.Count > 0)
            return await RefuseAsync(parsed, terminal);
        try
        {
            InvocationConfiguration invocation = new() { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync("flora: cancelled");
            return ExitCode.RequestFailed;
        }
        catch (Exception failure)
        {
            await terminal.Error.WriteLineAsync($"flora: {ErrorText.Of(failure, parsed.GetValue(verbose))}");
            return ExitCode.CannotRun;
        }
        finally
        {
            await terminal.Output.FlushAsync(CancellationToken.None);
        }
    }

    private static async Task<int> RefuseAsync(ParseResult parsed, Terminal terminal)
    {
        foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
            await terminal.Error.WriteLineAsync($"flora: {message}");
        Command command = parsed.CommandResult.Command;
        string path = command is RootCommand ? "flora" : $"flora {CommandPath(command)}";
        await terminal.Error.WriteLineAsync($"'{path} --help' shows the usage.");
        return ExitCode.CannotRun;
    }

    private static string CommandPath(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault(parent => parent is not RootCommand) is { } parent
            ? $"{CommandPath(parent)} {command.Name}"
            : command.Name;
}
