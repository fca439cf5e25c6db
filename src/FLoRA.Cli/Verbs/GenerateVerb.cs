using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora generate</c>: a file of requests, or one prompt that streams to the terminal.</summary>
internal static class GenerateVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> requests = RequestFile.CreateOption(required: false);
        PromptFlags prompt = new();
        RunFlags run = new(ModelKind.Text);
        Command command = new("generate", "Generates text: a file of requests as JSON lines, or one prompt that streams to the terminal.") { requests };
        EngineFlags engine = new(command);
        run.AddTo(command);
        prompt.AddTo(command);
        command.Validators.Add(result =>
        {
            bool file = result.GetResult(requests) is not null;
            if (file == prompt.IsGiven(result))
                result.AddError("generate: expected either --requests FILE.jsonl or --prompt TEXT");
            foreach (string name in file ? prompt.GivenBesides(result) : [])
                result.AddError($"{name}: goes with --prompt; a request has a field for it");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(requests) is not { } file)
                return await prompt.RunAsync(parsed, run, engine.Read(parsed), terminal, cancellationToken);
            IReadOnlyList<RequestLine> lines = await RequestFile.ReadAsync(file, terminal, cancellationToken);
            return await run.RunFileAsync(parsed, engine.Read(parsed), lines, terminal, (session, line, trace) => AnswerAsync(session, line, trace, cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<Action<Utf8JsonWriter>> AnswerAsync(Session session, RequestLine line, TraceFile? trace, CancellationToken cancellationToken)
    {
        TextRequest request = GenerateRequest.Read(line.Read());
        await using TextStream stream = session.Generator.Start(request);
        trace?.Name(stream.RequestId, line.Id);
        TextResult result = await stream.ReadToEndAsync(cancellationToken);
        return json => GenerateResult.Write(json, request, result);
    }
}
