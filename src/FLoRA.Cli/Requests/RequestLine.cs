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
    /// <summary>Reads a line; a bad one is kept, with its problem, and fails alone.</summary>
    public static RequestLine Parse(string text, int number)
    {
        JsonElement fields;
        try
        {
            fields = JsonElement.Parse(text);
        }
        catch (JsonException error)
        {
            return new RequestLine(number, null, null, $"line {number} is not a JSON object: {error.Message}");
        }

        if (fields.ValueKind != JsonValueKind.Object)
            return new RequestLine(number, null, null, $"line {number}: expected a JSON object, got {FieldReader.Kind(fields)}");
        if (!fields.TryGetProperty("id", out JsonElement id) || id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            return new RequestLine(number, null, null, $"line {number}: id: expected a string or a number, got {(id.ValueKind == JsonValueKind.Undefined ? "nothing" : FieldReader.Kind(id))}");
        string[] twice = [.. fields.EnumerateObject().GroupBy(field => field.Name).Where(group => group.Count() > 1).Select(group => group.Key)];
        return twice.Length == 0
            ? new RequestLine(number, id, fields, null)
            : new RequestLine(number, id, null, $"fields given more than once: {string.Join(", ", twice)}");
    }

    /// <summary>A reader of the fields.</summary>
    /// <exception cref="InvalidRequestException">The line is no request.</exception>
    public FieldReader Read() => new(Fields ?? throw new InvalidRequestException(Problem ?? $"line {Number} is empty"));
}
