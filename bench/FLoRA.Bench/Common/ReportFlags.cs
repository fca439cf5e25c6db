using System.CommandLine;
using System.Text.Json;

namespace FLoRA.Bench.Common;

/// <summary>Where a verb's result goes, beside the terminal.</summary>
internal sealed class ReportFlags
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "Writes every measurement to FILE.", HelpName = "FILE" };
    private readonly Option<FileInfo?> _markdown = new("--markdown") { Description = "Writes the report to FILE too.", HelpName = "FILE" };

    public ReportFlags(Command command)
    {
        command.Add(_json);
        command.Add(_markdown);
    }

    /// <summary>Prints the report and writes the files that were asked for.</summary>
    public async Task WriteAsync(ParseResult parsed, string markdown, object measurements, CancellationToken cancellationToken)
    {
        await Console.Out.WriteLineAsync(markdown);
        if (parsed.GetValue(_markdown) is { } text)
            await WriteFileAsync(text, markdown, cancellationToken);
        if (parsed.GetValue(_json) is { } json)
            await WriteFileAsync(json, JsonSerializer.Serialize(measurements, measurements.GetType(), Format) + "\n", cancellationToken);
    }

    private static Task WriteFileAsync(FileInfo file, string content, CancellationToken cancellationToken)
    {
        file.Directory?.Create();
        return File.WriteAllTextAsync(file.FullName, content, cancellationToken);
    }
}
