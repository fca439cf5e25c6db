using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference;

namespace FLoRA.Cli.Verbs;

/// <summary>Answers one request: submits it before its first await and names its number in the trace.</summary>
internal delegate Task<Action<Utf8JsonWriter>> Answer(Session session, RequestLine line, TraceFile? trace);

/// <summary><c>--warmup</c> and <c>--trace</c>, and the runs that they belong to.</summary>
/// <param name="kind">What the verb needs.</param>
internal sealed class RunFlags(ModelKind kind)
{
    private readonly Option<bool> _warmUp = new("--warmup") { Description = "Runs all requests once, unseen, first." };
    private readonly Option<string?> _trace = new("--trace") { Description = "Writes a JSON line per step of the engine.", HelpName = "FILE" };

    /// <summary>Adds the two options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_warmUp);
        command.Add(_trace);
    }

    /// <summary>Loads the engine, warms it up where asked, answers all requests.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public Task<int> RunFileAsync(
        ParseResult parsed, EngineOptions options, IReadOnlyList<RequestLine> lines, Terminal terminal, Answer answer, CancellationToken cancellationToken) =>
        RunAsync(parsed, options, terminal, (session, trace, seen) => AnswerAllAsync(lines, terminal, session.Engine, line => answer(session, line, trace), seen, cancellationToken), cancellationToken);

    /// <summary>Answers all requests of a file.</summary>
    /// <param name="lines">The requests.</param>
    /// <param name="terminal">Where results go.</param>
    /// <param name="held">Takes no step until all are submitted; null: where preparing one takes as long as steps do, and they are better begun as they come.</param>
    /// <param name="answer">Answers one.</param>
    /// <param name="seen">Its results are written.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> AnswerAllAsync(
        IReadOnlyList<RequestLine> lines, Terminal terminal, Engine? held, Func<RequestLine, Task<Action<Utf8JsonWriter>>> answer, bool seen, CancellationToken cancellationToken)
    {
        JsonLines? results = seen ? new JsonLines(terminal.Output) : null;
        int failed = await RequestRun.RunAsync(lines, answer, results, held, cancellationToken);
        if (failed > 0 && seen)
            await terminal.Error.WriteLineAsync($"flora: {failed} of {lines.Count} requests failed");
        return failed == 0 ? ExitCode.Success : ExitCode.RequestFailed;
    }

    /// <summary>Loads the engine and does the work once, or twice: first unseen.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="terminal">Where the log goes.</param>
    /// <param name="work">Takes the session, the trace, and whether its results are to be seen.</param>
    /// <param name="cancellationToken">Ends loading.</param>
    /// <returns>What the last run of <paramref name="work"/> gives.</returns>
    public async Task<int> RunAsync(ParseResult parsed, EngineOptions options, Terminal terminal, Func<Session, TraceFile?, bool, Task<int>> work, CancellationToken cancellationToken)
    {
        // The trace outlives the engine: its last line is that of the engine's last step.
        await using TraceFile? trace = TraceFile.Open(parsed.GetValue(_trace));
        using Session session = await Session.LoadAsync(trace is null ? options : options with { Trace = trace.Record }, kind, terminal, cancellationToken);
        if (parsed.GetValue(_warmUp))
        {
            await work(session, trace, false);
            await session.Engine.ForgetPrefixesAsync();
            trace?.EndWarmUp();
        }

        return await work(session, trace, true);
    }
}
