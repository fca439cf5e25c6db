using System.CommandLine;

namespace FLoRA.Cli.Requests;

/// <summary>JSON lines from a file or from standard input; blank lines are skipped.</summary>
internal static class RequestFile
{
    private const string StandardInput = "-";

    /// <summary>The option <c>--requests</c>.</summary>
    public static Option<string?> CreateOption(bool required) => new("--requests")
    {
        Description = "Requests, one JSON object per line; - reads standard input.",
        HelpName = "FILE.jsonl",
        Required = required,
    };

    /// <summary>Reads all lines before anything is loaded, so that all requests can be submitted at once.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<IReadOnlyList<RequestLine>> ReadAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        string text = path == StandardInput
            ? await terminal.Input.ReadToEndAsync(cancellationToken)
            : await File.ReadAllTextAsync(path, cancellationToken);
        // Only line feeds end a line: JSON strings may hold U+2028 and the like as they are.
        return [.. text.Split('\n')
            .Select((line, index) => (Text: line.Trim(), Number: index + 1))
            .Where(line => line.Text.Length > 0)
            .Select(line => RequestLine.Parse(line.Text, line.Number))];
    }
}
