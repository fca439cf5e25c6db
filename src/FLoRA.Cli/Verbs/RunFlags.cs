using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference;

namespace FLoRA.Cli.Verbs;

/// <summary>Answers one request; before its first await it has submitted it and, where there is a trace, named its number.</summary>
internal delegate Task<Action<Utf8JsonWriter>> Answer(Session session, RequestLine line, TraceFile? trace);

/// <summary><c>--warmup</c> and <c>--trace</c>, and the run of a request file that they belong to.</summary>
internal sealed class RunFlags
{
    private readonly Option<bool> _warmUp = new("--warmup") { Description = "Runs the whole request file once, unseen, first." };
    private readonly Option<string?> _trace = TraceFile.CreateOption();

    /// <summary>Adds the two options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_warmUp);
        command.Add(_trace);
    }

    /// <summary>Names of the two options that are there.</summary>
    public IEnumerable<string> Given(CommandResult result) =>
        ((Option[])[_warmUp, _trace]).Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    /// <summary>Loads the engine, warms it up where asked, answers all requests.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(
        ParseResult parsed, EngineOptions options, IReadOnlyList<RequestLine> lines, Terminal terminal, Answer answer, CancellationToken cancellationToken)
    {
        // The trace outlives the engine: its last line is that of the engine's last step.
        await using TraceFile? trace = TraceFile.Open(parsed.GetValue(_trace));
        using Session session = await Session.LoadAsync(trace is null ? options : options with { Trace = trace.Record }, terminal);
        if (parsed.GetValue(_warmUp))
        {
            await RequestRun.RunAsync(lines, line => answer(session, line, null), null, cancellationToken);
            trace?.EndWarmUp();
        }

        Task<int> running = RequestRun.RunAsync(lines, line => answer(session, line, trace), new JsonLines(terminal.Output), cancellationToken);
        trace?.Start();
        int failed = await running;
        if (failed > 0)
            await terminal.Error.WriteLineAsync($"flora: {failed} of {lines.Count} requests failed");
        return failed == 0 ? ExitCode.Success : ExitCode.RequestFailed;
    }
}
