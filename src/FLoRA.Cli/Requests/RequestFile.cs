using System.CommandLine;
using System.Text;

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

    /// <summary>Where relative paths in a request file begin: its own folder; of standard input the current one.</summary>
    public static string FolderOf(string path) => path == StandardInput ? "" : Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>Reads all lines before anything is loaded, so that all requests can be submitted at once.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<IReadOnlyList<RequestLine>> ReadAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        byte[] bytes = path == StandardInput
            ? await terminal.ReadInputBytesAsync(cancellationToken)
            : await File.ReadAllBytesAsync(path, cancellationToken);
        return Parse(bytes);
    }

    private static List<RequestLine> Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        List<RequestLine> lines = [];
        int number = 0;
        // Only line feeds end a line: JSON strings may hold U+2028 and the like as they are.
        foreach (Range line in bytes.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> text = bytes[line].Trim(" \t\r"u8);
            if (text.Length > 0)
                lines.Add(RequestLine.Parse(text, number));
        }

        return lines;
    }
}
