using System.CommandLine;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora chat</c>: a conversation at the terminal.</summary>
internal static class ChatVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> adapterId = new("--adapter-id") { Description = "Adapter to begin with; default: the base model.", HelpName = "NAME" };
        Option<int?> maxNewTokens = WholeNumber.Option("--max-new-tokens", "Most tokens of an answer; default 512.");
        Option<double?> temperature = Number.Option<double>("--temperature", "0 (default): greedy.", "T", "a number");
        Command command = new("chat", "A conversation at the terminal: /adapter NAME switches, /adapters lists, /reset forgets, /exit ends.") { adapterId, maxNewTokens, temperature };
        EngineFlags engine = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using Session session = await Session.LoadAsync(engine.Read(parsed), ModelKind.Text, terminal, cancellationToken);
            Conversation conversation = new(session, terminal, parsed.GetValue(maxNewTokens) ?? 512, parsed.GetValue(temperature) ?? 0, FloraCommand.IsVerbose(parsed));
            if (parsed.GetValue(adapterId) is { } name && !conversation.Switch(name))
                return ExitCode.CannotRun;
            await conversation.RunAsync(cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }
}
