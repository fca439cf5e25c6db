using System.CommandLine;
using System.CommandLine.Parsing;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora transcribe --audio</c> and what goes with it.</summary>
internal sealed class AudioFlags
{
    private readonly Option<string[]> _audio = new("--audio") { Description = "Recordings; -: one from standard input.", HelpName = "FILE...", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _adapterId = new("--adapter-id") { Description = "Adapter that listens; default: the base model.", HelpName = "NAME" };
    private readonly Option<string?> _language = new("--language") { Description = "Language that is spoken, such as de; auto (default): detected.", HelpName = "xx|auto" };
    private readonly Option<string> _task = Word("--task", "transcribe, or translate into English.", "transcribe", "translate");
    private readonly Option<bool?> _timestamps = new("--timestamps") { Description = "Shows the times in text; 'false': the model decodes without any.", HelpName = "true|false", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int?> _beam = WholeNumber.Option("--beam", "Width of a beam search; default: greedy.");
    private readonly Option<string> _format = Word("--format", "Form of the results.", [.. TranscriptFormat.All.Select(format => format.Name)]);
    private readonly Option<string?> _output = new("--output") { Description = "Writes a file per recording into this folder.", HelpName = "DIR" };

    private Option[] Besides => [_adapterId, _language, _task, _timestamps, _beam, _format, _output];

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
    public async Task<int> RunAsync(ParseResult parsed, RunFlags run, EngineOptions engine, Terminal terminal, CancellationToken cancellationToken)
    {
        string[] files = parsed.GetRequiredValue(_audio);
        bool? times = parsed.GetValue(_timestamps);
        TranscriptSink sink = TranscriptSink.Create(files, TranscriptFormat.Find(parsed.GetRequiredValue(_format))!, parsed.GetValue(_output), times == true, terminal);
        TranscriptionOptions options = new()
        {
            Adapter = parsed.GetValue(_adapterId),
            Language = parsed.GetValue(_language),
            Task = TranscribeRequest.TaskOf(parsed.GetValue(_task)),
            Timestamps = times ?? true,
            BeamSize = parsed.GetValue(_beam),
        };
        bool verbose = FloraCommand.IsVerbose(parsed);
        byte[]? input = files.Contains(Recordings.StandardInput) ? await terminal.ReadInputBytesAsync(cancellationToken) : null;
        return await run.RunAsync(parsed, engine, terminal, async (session, trace, seen) =>
        {
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

    private static Option<string> Word(string name, string description, params string[] words)
    {
        Option<string> option = new(name) { Description = $"{description} Default: {words[0]}.", HelpName = string.Join('|', words), DefaultValueFactory = _ => words[0] };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !words.Contains(result.Tokens[^1].Value))
                result.AddError($"{name}: expected {string.Join(", ", words[..^1])} or {words[^1]}; got '{result.Tokens[^1].Value}'");
        });
        return option;
    }
}
