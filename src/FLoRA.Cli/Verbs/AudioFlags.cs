using System.CommandLine;
using System.CommandLine.Parsing;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora transcribe --audio</c> and what goes with it.</summary>
internal sealed class AudioFlags
{
    private readonly Option<string[]> _audio = new("--audio") { Description = "Recordings; -: one from standard input.", HelpName = "FILE...", AllowMultipleArgumentsPerToken = true };
    private readonly TranscriptionFlags _transcription = new();
    private readonly Option<string> _format = Words.Option("--format", "Form of the results.", [.. TranscriptFormat.All.Select(format => format.Name)]);
    private readonly Option<string?> _output = new("--output") { Description = "Writes a file per recording into this folder.", HelpName = "DIR" };

    private IEnumerable<Option> Besides => [.. _transcription.Options, _format, _output];

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_audio);
        foreach (Option option in Besides)
            command.Add(option);
    }

    /// <summary>True if <c>--audio</c> is there.</summary>
    public bool IsGiven(CommandResult result) => result.GetResult(_audio) is not null;

    /// <summary>Names of the other options that are there.</summary>
    public IEnumerable<string> GivenBesides(CommandResult result) =>
        Besides.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    /// <summary>Transcribes all recordings at once.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="InvalidRequestException">The options do not go together, or not with the model.</exception>
    public async Task<int> RunAsync(ParseResult parsed, RunFlags run, EngineOptions engine, Terminal terminal, CancellationToken cancellationToken)
    {
        string[] files = parsed.GetRequiredValue(_audio);
        TranscriptSink sink = TranscriptSink.Create(
            files, TranscriptFormat.Find(parsed.GetRequiredValue(_format))!, parsed.GetValue(_output), _transcription.ShowsTimes(parsed), terminal);
        TranscriptionOptions options = _transcription.Read(parsed);
        bool verbose = FloraCommand.IsVerbose(parsed);
        byte[]? input = files.Contains(Recordings.StandardInput) ? await terminal.ReadInputBytesAsync(cancellationToken) : null;
        return await run.RunAsync(parsed, engine, terminal, async (session, trace, seen) =>
        {
            // What is wrong for all recordings is told once, before the first is read.
            session.Transcriber.Validate(options);
            using Recordings recordings = new(session, terminal, tellsWarnings: seen, input);
            bool[] good = await Task.WhenAll(files.Select(file => TranscribeAsync(recordings, file, options, seen ? sink : null, trace, verbose, cancellationToken)));
            return good.All(transcribed => transcribed) ? ExitCode.Success : ExitCode.RequestFailed;
        }, cancellationToken);
    }

    private static async Task<bool> TranscribeAsync(
        Recordings recordings, string file, TranscriptionOptions options, TranscriptSink? sink, TraceFile? trace, bool verbose, CancellationToken cancellationToken)
    {
        try
        {
            (TranscriptStream stream, RecordingLease lease) = await recordings.OpenAsync(file, options, cancellationToken);
            using RecordingLease held = lease;
            try
            {
                await (sink is null ? stream.ReadToEndAsync(cancellationToken) : sink.WriteAsync(file, stream, options.Adapter, cancellationToken));
            }
            finally
            {
                trace?.NameAll(stream.RequestIds, JsonFields.TextElement(file));
            }

            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            sink?.Fail(file, error, verbose);
            return false;
        }
    }
}
