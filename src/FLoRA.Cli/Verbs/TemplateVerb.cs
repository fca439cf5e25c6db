using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora template</c>: conversations as the model's chat template writes them. Needs tokenizer_config.json only, and never loads libtorch.</summary>
internal static class TemplateVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string> model = new("--model") { Description = "Folder with tokenizer_config.json or chat_template.jinja.", HelpName = "DIR", Required = true };
        Option<string?> requests = RequestFile.CreateOption(required: true);
        Command command = new("template", "Conversations as the model's chat template writes them: {\"id\",\"messages\",\"add_generation_prompt\",\"template_name\",\"template_variables\"} in, {\"id\",\"text\"} out.") { model, requests };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<RequestLine> lines = await RequestFile.ReadAsync(parsed.GetRequiredValue(requests)!, terminal, cancellationToken);
            ChatTemplate template = ChatTemplate.Load(parsed.GetRequiredValue(model));
            int failed = await RequestRun.RunAsync(lines, line => Task.FromResult(Answer(template, line)), new JsonLines(terminal.Output), held: null, cancellationToken);
            return failed == 0 ? ExitCode.Success : ExitCode.RequestFailed;
        });
        return command;
    }

    private static Action<Utf8JsonWriter> Answer(ChatTemplate template, RequestLine line)
    {
        FieldReader fields = line.Read();
        IReadOnlyList<ChatTurn>? turns = TurnReader.Read(fields);
        bool addGenerationPrompt = fields.Flag("add_generation_prompt");
        TemplateOptions? options = TurnReader.Options(fields);
        fields.Require(turns is not null || fields.HasProblems, "messages: expected a list of turns");
        fields.Finish();
        string text = template.Render(turns ?? throw new InvalidRequestException("messages: expected a list of turns"), addGenerationPrompt, options);
        return json => json.WriteString("text", text);
    }
}
