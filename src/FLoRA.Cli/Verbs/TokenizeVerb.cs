using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora tokenize</c>: text to ids and back. Needs tokenizer files only, and never loads libtorch.</summary>
internal static class TokenizeVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string> model = new("--model") { Description = "Folder with the tokenizer's files.", HelpName = "DIR", Required = true };
        Option<string?> requests = RequestFile.CreateOption(required: true);
        Command command = new("tokenize", "Text to token ids and back: {\"id\",\"text\"} in, {\"id\",\"tokens\",\"decoded\"} out.") { model, requests };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<RequestLine> lines = await RequestFile.ReadAsync(parsed.GetRequiredValue(requests)!, terminal, cancellationToken);
            Tokenizer tokenizer = Tokenizer.Load(parsed.GetRequiredValue(model));
            int failed = await RequestRun.RunAsync(lines, line => Task.FromResult(Answer(tokenizer, line)), new JsonLines(terminal.Output), held: null, cancellationToken);
            return failed == 0 ? ExitCode.Success : ExitCode.RequestFailed;
        });
        return command;
    }

    private static Action<Utf8JsonWriter> Answer(Tokenizer tokenizer, RequestLine line)
    {
        FieldReader fields = line.Read();
        string? text = fields.Text("text");
        fields.Require(text is not null || fields.HasProblems, "text: expected a string");
        fields.Finish();
        IReadOnlyList<int> tokens = tokenizer.Encode(text ?? throw new InvalidRequestException("text: expected a string"));
        string decoded = tokenizer.Decode(tokens);
        return json =>
        {
            json.WriteIntegers("tokens", tokens);
            json.WriteString("decoded", decoded);
        };
    }
}
