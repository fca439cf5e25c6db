using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora adapters list</c>: every adapter of a folder of adapters, the bad ones with what is wrong.</summary>
internal static class AdaptersListVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string> adapters = new("--adapters") { Description = "Folder whose sub-folders are each an adapter.", HelpName = "DIR", Required = true };
        Option<string?> model = new("--model") { Description = "Model they are meant for, of which config.json is read.", HelpName = "DIR" };
        Option<bool> json = new("--json") { Description = "A JSON line per adapter." };
        Command command = new("list", "Lists the adapters of a folder; exit 1 if some are bad.") { adapters, model, json };
        command.SetAction(parsed =>
        {
            JsonLines lines = new(terminal.Output);
            int failed = 0;
            foreach ((string name, string folder) in AdapterFolder.List(parsed.GetRequiredValue(adapters)))
            {
                AdapterSummary? summary = null;
                AdapterLoadException? error = null;
                try
                {
                    summary = AdapterFolder.Inspect(folder, parsed.GetValue(model));
                }
                catch (AdapterLoadException refused)
                {
                    error = refused;
                    failed++;
                }

                if (parsed.GetValue(json))
                    lines.Write(writer => Write(writer, name, summary, error));
                else
                    terminal.Output.WriteLine(Describe(name, summary, error));
            }

            return failed == 0 ? ExitCode.Success : ExitCode.RequestFailed;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter json, string name, AdapterSummary? summary, AdapterLoadException? error)
    {
        json.WriteString("name", name);
        if (summary is not null)
            AdapterFields.Write(json, summary);
        if (error is not null)
            json.WriteError(error);
    }

    private static string Describe(string name, AdapterSummary? summary, AdapterLoadException? error) => summary is null
        ? $"{name,-28} refused: {string.Join("; ", error!.Problems)}"
        : string.Create(CultureInfo.InvariantCulture, $"{name,-28} {AdapterFields.Name(summary.Kind),-6} rank {summary.Rank,-3} row width {summary.RowWidth,-3} {summary.ParameterCount,12:N0} parameters {CardFields.Suffix(summary.Card)}").TrimEnd();
}
