using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora adapters inspect</c>: checks a folder as registering it would.</summary>
internal static class AdaptersInspectVerb
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> folder = new("DIR") { Description = "Folder in PEFT's layout." };
        Option<string?> model = new("--model") { Description = "Model it is meant for, of which config.json is read; default: the folder is checked by itself.", HelpName = "DIR" };
        Option<bool> json = new("--json") { Description = "One JSON line." };
        Command command = new("inspect", "Checks an adapter folder strictly; exit 0: good, 2: refused, with what is wrong.") { folder, model, json };
        command.SetAction(parsed =>
        {
            AdapterSummary summary = AdapterFolder.Inspect(parsed.GetRequiredValue(folder), parsed.GetValue(model));
            if (parsed.GetValue(json))
                new JsonLines(terminal.Output).Write(writer => Write(writer, summary));
            else
                terminal.Output.Write(Describe(summary));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter json, AdapterSummary summary)
    {
        json.WriteString("folder", summary.Folder);
        AdapterFields.Write(json, summary);
        json.WriteString("sha256", summary.ContentHash);
        json.WriteStartArray("modules");
        foreach (AdapterModuleSummary module in summary.Modules)
        {
            json.WriteStartObject();
            json.WriteString("path", module.Path);
            json.WriteNumber("rows", module.RowCount);
            json.WriteNumber("additive_rank", module.AdditiveRank);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Describe(AdapterSummary summary) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {summary.Folder}
          kind        {AdapterFields.Name(summary.Kind)}
          rank        {summary.Rank}
          row width   {summary.RowWidth} (rows of a token in the widest module)
          parameters  {summary.ParameterCount:N0}
          modules     {summary.Modules.Count}
          sha256      {summary.ContentHash}

        """) + DescribeCard(summary.Card);

    private static string DescribeCard(FolderCard card) =>
        (card.Languages.Count == 0 ? "" : $"  languages   {string.Join(", ", card.Languages)}\n") + (card.Description is null ? "" : $"  description {card.Description}\n");
}
