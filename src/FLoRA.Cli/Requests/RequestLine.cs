using System.Text;
using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.Cli.Requests;

/// <summary>One line of a request file.</summary>
/// <param name="Number">Number of the line, from 1.</param>
/// <param name="Id">The request's own id; null where the line has none that can be read.</param>
/// <param name="Fields">The whole object; null where there is none.</param>
/// <param name="Problem">Why the line is no request; null: it is one.</param>
internal sealed record RequestLine(int Number, JsonElement? Id, JsonElement? Fields, string? Problem)
{
    /// <summary>What a text has that JSON can spell and .NET cannot hold.</summary>
    public const string HalfAPair = "a \\u escape that is half of a surrogate pair";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a line; a bad one is kept, with its problem, and fails alone.</summary>
    /// <param name="utf8">The line without its end.</param>
    /// <param name="number">Its number, from 1.</param>
    public static RequestLine Parse(ReadOnlySpan<byte> utf8, int number)
    {
        JsonElement fields;
        try
        {
            fields = JsonElement.Parse(StrictUtf8.GetString(utf8));
        }
        catch (DecoderFallbackException error)
        {
            return new RequestLine(number, null, null, $"line {number} is not UTF-8: byte 0x{error.BytesUnknown![0]:X2} at position {error.Index}");
        }
        catch (JsonException error)
        {
            return new RequestLine(number, null, null, $"line {number} is not a JSON object: {error.Message}");
        }

        if (fields.ValueKind != JsonValueKind.Object)
            return new RequestLine(number, null, null, $"line {number}: expected a JSON object, got {FieldReader.Kind(fields)}");
        if (fields.EnumerateObject().Any(field => !IsText(field)))
            return new RequestLine(number, null, null, $"line {number}: the name of a field has {HalfAPair}");
        if (!fields.TryGetProperty("id", out JsonElement id) || id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            return new RequestLine(number, null, null, $"line {number}: id: expected a string or a number, got {(id.ValueKind == JsonValueKind.Undefined ? "nothing" : FieldReader.Kind(id))}");
        if (!IsText(id))
            return new RequestLine(number, null, null, $"line {number}: id: has {HalfAPair}");
        string[] twice = [.. fields.EnumerateObject().GroupBy(field => field.Name).Where(group => group.Count() > 1).Select(group => group.Key)];
        return twice.Length == 0
            ? new RequestLine(number, id, fields, null)
            : new RequestLine(number, id, null, $"fields given more than once: {string.Join(", ", twice)}");
    }

    /// <summary>A reader of the fields.</summary>
    /// <exception cref="InvalidRequestException">The line is no request.</exception>
    public FieldReader Read() => new(Fields ?? throw new InvalidRequestException(Problem ?? $"line {Number} is empty"));

    private static bool IsText(JsonElement id) => id.ValueKind != JsonValueKind.String || IsText(() => id.GetString());

    private static bool IsText(JsonProperty field) => IsText(() => field.Name);

    /// <summary>JSON can spell half of a surrogate pair; .NET gives such a text only as an exception.</summary>
    private static bool IsText(Func<string?> read)
    {
        try
        {
            return read() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
