using System.Text.Json;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;
using FLoRA.Inference.Tests.Text;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech.Transcription.Output;

/// <summary>Files that other programs read.</summary>
public sealed class OutputTests
{
    private static readonly Transcript Sample = new()
    {
        Text = " Grüße,\n\n a --> b.",
        Language = "de",
        LanguageProbabilities = new Dictionary<string, double> { ["de"] = 0.75, ["en"] = double.NaN },
        Tokens = [617, 5, 6],
        Segments = [Segment(0, 1.5, " Grüße,\n\n a --> b."), Segment(2, 2, ""), Segment(3599.9996, 3661.0625, " Ende")],
        DurationSeconds = 3661.0625,
    };

    [Fact]
    public void Srt_is_numbered_with_hours_and_commas() => Assert.Equal(
        "1\n00:00:00,000 --> 00:00:01,500\nGrüße,\na -> b.\n\n2\n01:00:00,000 --> 01:01:01,062\nEnde\n\n",
        Subtitles.ToSrt(Sample));

    [Fact]
    public void Vtt_has_points_and_hours_where_needed() => Assert.Equal(
        "WEBVTT\n\n00:00.000 --> 00:01.500\nGrüße,\na -> b.\n\n01:00:00.000 --> 01:01:01.062\nEnde\n\n",
        Subtitles.ToVtt(Sample));

    [Fact]
    public void Subtitles_of_words_span_the_words()
    {
        Transcript transcript = Sample with { Segments = [Segment(0, 9, " a b") with { Words = [new(" a", 1, 2, 1), new(" b", 2, 3.25, 1)] }] };
        Assert.Equal("WEBVTT\n\n00:01.000 --> 00:03.250\na b\n\n", Subtitles.ToVtt(transcript));
    }

    [Fact]
    public void Text_has_a_line_per_segment() => Assert.Equal("Grüße,\n\n a --> b.\nEnde\n", TranscriptText.ToLines(Sample));

    [Fact]
    public void Json_has_the_fields_of_the_command_line()
    {
        string json = TranscriptJson.ToJson(Sample with { Segments = [Segment(0.1 + 0.2, 1.5, "x") with { Words = [new("x", 0, 1, 0.5)] }] });

        Assert.Equal(
            """{"text":" Grüße,\n\n a --> b.","language":"de","language_probs":{"de":0.75,"en":null},"tokens":[617,5,6],"segments":[{"start":0.3,"end":1.5,"text":"x","tokens":[7],"avg_logprob":-0.5,"no_speech_prob":0.125,"compression_ratio":1.25,"temperature":0.2,"words":[{"word":"x","start":0,"end":1,"probability":0.5}]}],"duration":3661.0625}""",
            json);
    }

    [Fact]
    public void Json_says_null_where_nothing_was_detected() => Assert.Equal(
        """{"text":"","language":null,"language_probs":null,"tokens":[],"segments":[],"duration":0}""",
        TranscriptJson.ToJson(new Transcript { Text = "", Tokens = [], Segments = [], DurationSeconds = 0 }));

    [Fact]
    public void Error_rates_are_those_of_the_reference()
    {
        JsonElement golden = TextData.Json(Path.Combine(RepositoryData.Golden, "wer.json"));
        ErrorRate words = default, characters = default;
        foreach (JsonElement @case in golden.GetProperty("cases").EnumerateArray())
        {
            string reference = @case.GetProperty("reference").GetString()!, hypothesis = @case.GetProperty("hypothesis").GetString()!;
            Assert.Equal(@case.GetProperty("wer").GetDouble(), ErrorRate.OfWords(reference, hypothesis).Value, 1e-12);
            Assert.Equal(@case.GetProperty("cer").GetDouble(), ErrorRate.OfCharacters(reference, hypothesis).Value, 1e-12);
            words += ErrorRate.OfWords(reference, hypothesis);
            characters += ErrorRate.OfCharacters(reference, hypothesis);
        }

        Assert.Equal(golden.GetProperty("corpus").GetProperty("wer").GetDouble(), words.Value, 1e-12);
        Assert.Equal(golden.GetProperty("corpus").GetProperty("cer").GetDouble(), characters.Value, 1e-12);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData(" ", "a", double.PositiveInfinity)]
    [InlineData("a", "", 1)]
    public void Empty_texts_have_a_rate(string reference, string hypothesis, double rate) => Assert.Equal(rate, ErrorRate.OfWords(reference, hypothesis).Value);

    [Fact]
    public void A_text_compresses_by_how_much_it_repeats_itself()
    {
        Assert.Equal(0, CompressionRatio.Of(""));
        Assert.InRange(CompressionRatio.Of("set the camera"), 0.5, 0.8);
        Assert.True(CompressionRatio.Of(string.Concat(Enumerable.Repeat("and so on ", 30))) > 10);
    }

    private static TranscriptSegment Segment(double start, double end, string text) => new()
    {
        StartSeconds = start,
        EndSeconds = end,
        Text = text,
        Tokens = [7],
        AverageLogprob = -0.5,
        NoSpeechProbability = 0.125,
        CompressionRatio = 1.25,
        Temperature = 0.2,
    };
}
