using System.CommandLine;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Results;
using FLoRA.Inference;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora info</c>: versions, device, instruction sets, budgets; with <c>--model</c> of that engine.</summary>
internal static class InfoVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<bool> json = new("--json") { Description = "One JSON line." };
        Command command = new("info", "Versions, device, instruction sets and budgets; with --model those of that engine.") { json };
        EngineFlags engine = new(command, modelRequired: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            EngineOptions options = engine.Read(parsed);
            if (options.Model.Length == 0 && (options.Adapters.Count > 0 || options.AdapterFolders.Count > 0 || options.AdapterRoot is not null))
                throw new UsageException("--adapter and --adapters need --model");
            using Session? session = options.Model.Length == 0 ? null : await Session.LoadAsync(options, ModelKind.Any, terminal, cancellationToken);
            InfoReport report = InfoReport.Of(options, session?.Engine);
            if (parsed.GetValue(json))
                new JsonLines(terminal.Output).Write(report.Write);
            else
                await terminal.Output.WriteAsync(report.Describe());
            return ExitCode.Success;
        });
        return command;
    }
}
