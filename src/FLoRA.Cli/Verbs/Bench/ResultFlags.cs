using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using FLoRA.Benchmarks.Baselines;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Cli.Results;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>How every verb of <c>flora bench</c> ends: one JSON line, or text for people; beside an earlier result where one is given.</summary>
internal sealed class ResultFlags
{
    private readonly Terminal _terminal;
    private readonly Command _command;
    private readonly Option<bool> _json = new("--json") { Description = "One JSON line." };
    private readonly Option<string?> _baseline = new("--baseline") { Description = "An earlier result as JSON of the same run: says what got slower or faster.", HelpName = "FILE" };
    private readonly Option[] _silent;

    /// <param name="command">Gets the options.</param>
    /// <param name="terminal">Where results go.</param>
    /// <param name="files">Options of the verb that only say where results go too.</param>
    public ResultFlags(Command command, Terminal terminal, params Option[] files)
    {
        _terminal = terminal;
        _command = command;
        _silent = [_json, _baseline, .. files];
        command.Add(_json);
        command.Add(_baseline);
    }

    /// <summary>This machine, and the reads that were measured on it.</summary>
    public static Machine MachineOf(Roofline roofline) => Machine.Describe(TimeProvider.System) with { Threads = roofline.Threads, ReadGBPerS = roofline.ReadGBPerS };

    /// <summary>Gives the command its action: reads the baseline before anything is measured, measures, tells.</summary>
    public void SetAction(Func<ParseResult, CancellationToken, Task<BenchOutcome>> measure) => _command.SetAction(async (parsed, cancellationToken) =>
    {
        string ran = CommandText.Of(parsed, _silent);
        string? file = parsed.GetValue(_baseline);
        JsonElement? baseline = file is null ? null : Read(file, ran);
        BenchOutcome outcome = await measure(parsed, cancellationToken);
        JsonElement result = ResultOf(outcome, ran);
        BaselineComparison? comparison = baseline is { } earlier ? new BaselineComparison(earlier, result) : null;
        if (parsed.GetValue(_json))
            Write(result, comparison, file);
        else
            await _terminal.Output.WriteAsync(outcome.Text());
        if (comparison is not null)
            await _terminal.Error.WriteAsync($"flora: {BaselineText.Of(comparison, file!)}");
        return ExitCode.Success;
    });

    private static JsonElement Read(string file, string ran)
    {
        try
        {
            return BaselineFile.Find(file, ran);
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidDataException)
        {
            throw new UsageException($"--baseline: {e.Message}");
        }
    }

    private static JsonElement ResultOf(BenchOutcome outcome, string ran)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            outcome.Fields(json);
            json.WriteString("command", ran);
            json.WriteStartObject("machine");
            outcome.Machine.Write(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private void Write(JsonElement result, BaselineComparison? comparison, string? file) => new JsonLines(_terminal.Output).Write(json =>
    {
        foreach (JsonProperty field in result.EnumerateObject())
            field.WriteTo(json);
        if (comparison is not null)
            BaselineFields.Write(json, comparison, file!);
    });
}
