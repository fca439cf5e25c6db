using System.CommandLine;

namespace FLoRA.Bench.Limits;

/// <summary><c>limits</c>: the lines of bench/int8.sh as tables.</summary>
internal static class LimitsVerb
{
    public static Command Create()
    {
        Command command = new("limits", "Prints what bench/int8.sh has measured as Markdown tables.");
        Argument<FileInfo> file = new("file") { Description = "Its int8.jsonl.", HelpName = "FILE" };
        command.Add(file);
        command.SetAction(parsed =>
        {
            FileInfo from = parsed.GetRequiredValue(file);
            if (!from.Exists)
                throw new FileNotFoundException($"Expected the lines of bench/int8.sh at {from.FullName}.");
            IReadOnlyList<NotedRun> runs = NotedRun.ReadAll(from.FullName);
            if (runs.Count == 0)
                throw new InvalidDataException($"{from.FullName} is empty.");
            Console.Write(LimitsReport.Of(runs, from.Name));
            return 0;
        });
        return command;
    }
}
