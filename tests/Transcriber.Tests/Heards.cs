using FLoRA.Inference.Speech.Transcription;
using Transcriber.Listening;

namespace Transcriber.Tests;

/// <summary>Results of listening, made up.</summary>
internal static class Heards
{
    public static Heard Of(string text, string? adapter = null, string? language = null) => new(Transcript(text) with { Language = language }, adapter, TimeSpan.FromSeconds(2));

    public static Transcript Transcript(string text) => new() { Text = text, Tokens = [], Segments = [Segment(text)], DurationSeconds = 2 };

    public static TranscriptSegment Segment(string text, double end = 2) => new()
    {
        StartSeconds = 0, EndSeconds = end, Text = text, Tokens = [], AverageLogprob = 0, NoSpeechProbability = 0, CompressionRatio = 1, Temperature = 0,
    };
}
