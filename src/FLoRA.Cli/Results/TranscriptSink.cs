using System.Globalization;
using FLoRA.Cli.Loading;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;

namespace FLoRA.Cli.Results;

/// <summary>Where the transcripts of <c>--audio</c> go: to standard output or to a file each. Thread-safe.</summary>
internal sealed class TranscriptSink
{
    private readonly Lock _lock = new();
    private readonly TranscriptFormat _format;
    private readonly IReadOnlyDictionary<string, string>? _targets;
    private readonly JsonLines _lines;
    private readonly Terminal _terminal;
    private readonly bool _single, _times;

    private TranscriptSink(bool single, TranscriptFormat format, IReadOnlyDictionary<string, string>? targets, bool times, Terminal terminal)
    {
        _single = single;
        _format = format;
        _targets = targets;
        _times = times;
        _terminal = terminal;
        _lines = new JsonLines(terminal.Output);
    }

    /// <summary>Refuses what cannot be written before anything is loaded.</summary>
    /// <param name="files">The recordings.</param>
    /// <param name="format">Form.</param>
    /// <param name="folder">A file per recording goes there; null: everything to standard output.</param>
    /// <param name="times">Text shows times.</param>
    /// <param name="terminal">Streams.</param>
    /// <exception cref="UsageException">Two recordings would be written to one place.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static TranscriptSink Create(IReadOnlyList<string> files, TranscriptFormat format, string? folder, bool times, Terminal terminal)
    {
        if (files.GroupBy(file => file, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"--audio: '{twice.Key}' is given twice");
        if (folder is null)
        {
            if (files.Count > 1 && format != TranscriptFormat.Text && format != TranscriptFormat.Json)
                throw new UsageException($"--format {format.Name}: {files.Count} recordings cannot share one file; give --output DIR");
            return new TranscriptSink(files.Count == 1, format, null, times, terminal);
        }

        Dictionary<string, string> targets = files.ToDictionary(
            file => file, file => Path.Combine(folder, (file == Recordings.StandardInput ? "stdin" : Path.GetFileNameWithoutExtension(file)) + format.Extension), StringComparer.Ordinal);
        if (targets.GroupBy(target => target.Value, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new UsageException($"--output: {string.Join(" and ", same.Select(target => $"'{target.Key}'"))} would both be written to '{same.Key}'");
        Directory.CreateDirectory(folder);
        return new TranscriptSink(files.Count == 1, format, targets, times, terminal);
    }

    /// <summary>Reads a transcription to its end and writes it; a single one as text while it is decided.</summary>
    public async Task WriteAsync(string file, TranscriptStream stream, string? adapter, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        if (_targets is null && _single && _format == TranscriptFormat.Text)
        {
            await foreach (TranscriptSegment segment in stream.WithCancellation(cancellationToken))
                Print(TranscriptText.ToLine(segment, _times));
        }
        else
        {
            Transcript transcript = await stream.ReadToEndAsync(cancellationToken);
            if (_targets is not null)
                await File.WriteAllTextAsync(_targets[file], _format.Write(transcript, _times), cancellationToken);
            else if (_format == TranscriptFormat.Json)
                _lines.Write(json =>
                {
                    json.WriteString("id", file);
                    TranscriptJson.WriteFields(json, transcript);
                });
            else if (_single)
                Print(_format.Write(transcript, _times));
            else
                Print(string.Concat(transcript.Segments.Select(segment => TranscriptText.ToLine(segment, _times)).Where(line => line.Length > 0).Select(line => $"{file}: {line}")));
        }

        await _terminal.Error.WriteLineAsync(Usage(file, stream, adapter, TimeProvider.System.GetElapsedTime(started)));
    }

    /// <summary>Tells that a recording failed.</summary>
    public void Fail(string file, Exception error, bool verbose)
    {
        if (_targets is null && _format == TranscriptFormat.Json)
        {
            _lines.Write(json =>
            {
                json.WriteString("id", file);
                json.WriteError(error);
            });
        }

        string message = ErrorText.Of(error, verbose);
        _terminal.Error.WriteLine(message.Contains(file, StringComparison.Ordinal) ? $"flora: {message}" : $"flora: {file}: {message}");
    }

    private void Print(string text)
    {
        lock (_lock)
        {
            _terminal.Output.Write(text);
            _terminal.Output.Flush();
        }
    }

    private string Usage(string file, TranscriptStream stream, string? adapter, TimeSpan elapsed) => string.Create(
        CultureInfo.InvariantCulture,
        $"[{file}{(_targets is null ? "" : $" -> {_targets[file]}")}: {adapter ?? "base"}, language {stream.Language ?? "unknown"}, {stream.DurationSeconds:0.0} s in {elapsed.TotalSeconds:0.00} s]");
}
