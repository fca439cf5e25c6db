using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora chat</c>: a conversation at the terminal.</summary>
internal static class ChatVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> adapterId = new("--adapter-id") { Description = "Adapter to begin with; default: the base model.", HelpName = "NAME" };
        Option<int?> maxNewTokens = WholeNumber.Option("--max-new-tokens", "Most tokens of an answer; default 512.");
        Option<double?> temperature = Number.Option<double>("--temperature", "0 (default): greedy.", "T", "a number");
        Option<string?> templateName = new("--template-name") { Description = "Which of the model's chat templates; default: the one of that name.", HelpName = "NAME" };
        Option<Dictionary<string, JsonElement>?> templateVariables = new("--template-variables")
        {
            Description = "Variables of the chat template, such as {\"enable_thinking\":false}.",
            HelpName = "JSON",
            CustomParser = ParseVariables,
        };
        Command command = new("chat", "A conversation at the terminal: /adapter NAME switches, /adapters lists, /reset forgets, /exit ends.") { adapterId, maxNewTokens, temperature, templateName, templateVariables };
        EngineFlags engine = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using Session session = await Session.LoadAsync(engine.Read(parsed), ModelKind.Text, terminal, cancellationToken);
            Conversation conversation = new(session, terminal, parsed.GetValue(maxNewTokens) ?? 512, parsed.GetValue(temperature) ?? 0, FloraCommand.IsVerbose(parsed))
            {
                Template = parsed.GetValue(templateName) is null && parsed.GetValue(templateVariables) is null
                    ? null
                    : new TemplateOptions { Name = parsed.GetValue(templateName), Variables = parsed.GetValue(templateVariables) ?? [] },
            };
            if (parsed.GetValue(adapterId) is { } name && !conversation.Switch(name))
                return ExitCode.CannotRun;
            await conversation.RunAsync(cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static Dictionary<string, JsonElement>? ParseVariables(ArgumentResult result)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(result.Tokens[0].Value);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return TurnReader.AsVariables(json.RootElement);
            result.AddError($"--template-variables: expected an object, got {FieldReader.Kind(json.RootElement)}");
        }
        catch (JsonException e)
        {
            result.AddError($"--template-variables: no JSON: {e.Message}");
        }

        return null;
    }
}
