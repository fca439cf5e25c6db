using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FLoRA.Cli.Results;

/// <summary>Writes JSON objects, one per line, each whole and flushed at once. Thread-safe.</summary>
internal sealed class JsonLines(TextWriter output)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();

    /// <summary>Writes one object whose fields <paramref name="fields"/> writes.</summary>
    public void Write(Action<Utf8JsonWriter> fields)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        string line = Encoding.UTF8.GetString(buffer.WrittenSpan);
        lock (_lock)
        {
            output.Write(line);
            output.Write('\n');
            output.Flush();
        }
    }
}
