using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.Cli.Results;

/// <summary>The pieces that results are written from.</summary>
internal static class JsonFields
{
    /// <summary>A request's own id as it came; null where it had none.</summary>
    public static void WriteId(this Utf8JsonWriter json, JsonElement? id)
    {
        json.WritePropertyName("id");
        if (id is { } given)
            given.WriteTo(json);
        else
            json.WriteNullValue();
    }

    /// <summary>A text as a value that can stand for an id.</summary>
    public static JsonElement TextElement(string text) => JsonSerializer.SerializeToElement(text);

    /// <summary>"error": {"type": class of the exception, "message"}.</summary>
    public static void WriteError(this Utf8JsonWriter json, Exception error)
    {
        json.WriteStartObject("error");
        json.WriteString("type", error.GetType().Name);
        json.WriteString("message", error.Message);
        json.WriteEndObject();
    }

    /// <summary>A list of ids.</summary>
    public static void WriteIntegers(this Utf8JsonWriter json, string name, IEnumerable<int> values)
    {
        json.WriteStartArray(name);
        foreach (int value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    /// <summary>A list of numbers.</summary>
    public static void WriteNumbers(this Utf8JsonWriter json, string name, IEnumerable<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
            json.WriteFinite(value);
        json.WriteEndArray();
    }

    /// <summary>A number; null where it is not finite, which JSON cannot say.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }

    /// <summary>"timing": milliseconds from submission, null where a request did not get so far.</summary>
    public static void WriteTiming(this Utf8JsonWriter json, StreamTiming timing)
    {
        json.WriteStartObject("timing");
        Milliseconds("queue_ms", timing.Queue);
        Milliseconds("first_token_ms", timing.FirstToken);
        Milliseconds("total_ms", timing.Total);
        json.WriteEndObject();

        void Milliseconds(string name, TimeSpan? span)
        {
            if (span is { } given)
                json.WriteNumber(name, Math.Round(given.TotalMilliseconds, 3));
            else
                json.WriteNull(name);
        }
    }
}
