using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora transcribe</c>: a file of requests, or recordings named on the command line; in both cases all at once.</summary>
internal static class TranscribeVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> requests = RequestFile.CreateOption(required: false);
        AudioFlags audio = new();
        RunFlags run = new(ModelKind.Speech);
        Command command = new("transcribe", "Transcribes recordings: a file of requests as JSON lines, or audio files.") { requests };
        EngineFlags engine = new(command);
        run.AddTo(command);
        audio.AddTo(command);
        command.Validators.Add(result =>
        {
            bool file = result.GetResult(requests) is not null;
            if (file == audio.IsGiven(result))
                result.AddError("transcribe: expected either --requests FILE.jsonl or --audio FILE...");
            foreach (string name in file ? audio.GivenBesides(result) : [])
                result.AddError($"{name}: goes with --audio; a request has a field for what it can choose");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(requests) is not { } file)
                return await audio.RunAsync(parsed, run, engine.Read(parsed), terminal, cancellationToken);
            IReadOnlyList<RequestLine> lines = await RequestFile.ReadAsync(file, terminal, cancellationToken);
            string folder = RequestFile.FolderOf(file);
            return await run.RunAsync(parsed, engine.Read(parsed), terminal, async (session, trace, seen) =>
            {
                using Recordings recordings = new(session, terminal, tellsWarnings: seen);
                return await RunFlags.AnswerAllAsync(lines, terminal, held: null, line => AnswerAsync(recordings, line, folder, trace, cancellationToken), seen, cancellationToken);
            }, cancellationToken);
        });
        return command;
    }

    private static async Task<Action<Utf8JsonWriter>> AnswerAsync(Recordings recordings, RequestLine line, string folder, TraceFile? trace, CancellationToken cancellationToken)
    {
        TranscribeRequest request = TranscribeRequest.Read(line.Read(), folder);
        (TranscriptStream stream, RecordingLease lease) = await recordings.OpenAsync(request.Audio, request.Options, cancellationToken);
        using RecordingLease held = lease;
        try
        {
            Transcript transcript = await stream.ReadToEndAsync(cancellationToken);
            return json => TranscriptJson.WriteFields(json, transcript);
        }
        finally
        {
            trace?.NameAll(stream.RequestIds, line.Id);
        }
    }
}
