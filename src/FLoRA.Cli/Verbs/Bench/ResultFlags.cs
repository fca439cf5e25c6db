using System.CommandLine;
using System.Text.Json;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Cli.Results;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>How every verb of <c>flora bench</c> ends: one JSON line, or text for people.</summary>
internal sealed class ResultFlags
{
    private readonly Terminal _terminal;
    private readonly Option<bool> _json = new("--json") { Description = "One JSON line." };
    private readonly Option[] _silent;

    /// <param name="command">Gets the options.</param>
    /// <param name="terminal">Where results go.</param>
    /// <param name="files">Options of the verb that only say where results go too.</param>
    public ResultFlags(Command command, Terminal terminal, params Option[] files)
    {
        _terminal = terminal;
        _silent = [_json, .. files];
        command.Add(_json);
    }

    /// <summary>This machine, and the reads that were measured on it.</summary>
    public static Machine MachineOf(Roofline roofline) => Machine.Describe(TimeProvider.System) with { Threads = roofline.Threads, ReadGBPerS = roofline.ReadGBPerS };

    /// <summary>Writes the result.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="machine">Where it was measured.</param>
    /// <param name="fields">Writes the fields of the JSON object; what was run and the machine follow them.</param>
    /// <param name="text">The same for people.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> WriteAsync(ParseResult parsed, Machine machine, Action<Utf8JsonWriter> fields, Func<string> text)
    {
        if (!parsed.GetValue(_json))
        {
            await _terminal.Output.WriteAsync(text());
            return ExitCode.Success;
        }

        new JsonLines(_terminal.Output).Write(json =>
        {
            fields(json);
            json.WriteString("command", CommandText.Of(parsed, _silent));
            json.WriteStartObject("machine");
            machine.Write(json);
            json.WriteEndObject();
        });
        return ExitCode.Success;
    }
}
