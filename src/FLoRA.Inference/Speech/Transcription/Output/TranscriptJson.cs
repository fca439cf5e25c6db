using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FLoRA.Inference.Speech.Transcription.Output;

/// <summary>A transcript as JSON: text, language, language_probs (null unless detected), tokens, segments, duration; times in seconds.</summary>
public static class TranscriptJson
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object on one line, without a line feed.</summary>
    public static string ToJson(Transcript transcript)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            WriteFields(json, transcript);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The fields alone, within an object that the caller has begun.</summary>
    public static void WriteFields(Utf8JsonWriter json, Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(transcript);
        json.WriteString("text", transcript.Text);
        json.WriteString("language", transcript.Language);
        if (transcript.LanguageProbabilities is { } probabilities)
        {
            json.WriteStartObject("language_probs");
            foreach ((string language, double probability) in probabilities)
                Number(json, language, probability);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("language_probs");
        }

        Tokens(json, transcript.Tokens);
        json.WriteStartArray("segments");
        foreach (TranscriptSegment segment in transcript.Segments)
            Segment(json, segment);
        json.WriteEndArray();
        Number(json, "duration", transcript.DurationSeconds);
    }

    private static void Segment(Utf8JsonWriter json, TranscriptSegment segment)
    {
        json.WriteStartObject();
        Time(json, "start", segment.StartSeconds);
        Time(json, "end", segment.EndSeconds);
        json.WriteString("text", segment.Text);
        Tokens(json, segment.Tokens);
        Number(json, "avg_logprob", segment.AverageLogprob);
        Number(json, "no_speech_prob", segment.NoSpeechProbability);
        Number(json, "compression_ratio", segment.CompressionRatio);
        Number(json, "temperature", segment.Temperature);
        json.WriteStartArray("words");
        foreach (TranscriptWord word in segment.Words)
        {
            json.WriteStartObject();
            json.WriteString("word", word.Text);
            Time(json, "start", word.StartSeconds);
            Time(json, "end", word.EndSeconds);
            Number(json, "probability", word.Probability);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Tokens(Utf8JsonWriter json, IReadOnlyList<int> tokens)
    {
        json.WriteStartArray("tokens");
        foreach (int token in tokens)
            json.WriteNumberValue(token);
        json.WriteEndArray();
    }

    /// <summary>Sums of steps of 0.02 s have digits beyond the millisecond that mean nothing.</summary>
    private static void Time(Utf8JsonWriter json, string name, double seconds) => Number(json, name, Math.Round(seconds, 3));

    /// <summary>Null where it is not finite, which JSON cannot say.</summary>
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
