using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using static FLoRA.Inference.Tests.Speech.Transcription.ScriptedWindowDecoder;
using static FLoRA.Inference.Tests.Speech.Transcription.SpeechData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>What the golden recordings do not reach: fallback to other temperatures, given input, streaming, other models.</summary>
public sealed class TranscriberTests
{
    private static readonly TranscriptionOptions English = new() { Language = "en" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_window_that_misses_a_threshold_is_tried_at_rising_temperatures_and_the_first_good_one_stands()
    {
        ScriptedWindowDecoder decoder = new((request, _) => Window([Time(0), .. Ids("one"), Time(1)]) with { SumLogprob = request.Temperature < 0.5 ? -50 : -0.1 });

        Transcript transcript = await Transcriber(decoder).Start(Features(48000), English with { BeamSize = 3, Patience = 2, BestOf = 4, Seed = 7 }).ReadToEndAsync(Cancellation);

        Assert.Equal([0, 0.2, 0.4, 0.6], decoder.Requests.Select(request => request.Temperature));
        Assert.Equal([3, null, null, null], decoder.Requests.Select(request => request.BeamSize));
        Assert.Equal([2, 1, 1, 1], decoder.Requests.Select(request => request.Patience));
        Assert.Equal([1, 4, 4, 4], decoder.Requests.Select(request => request.BestOf));
        Assert.Equal(4, decoder.Requests.Select(request => request.Seed).Distinct().Count());
        Assert.Single(decoder.Requests.Select(request => request.Features).Distinct(ReferenceEqualityComparer.Instance));
        Assert.Equal(0.6, Assert.Single(transcript.Segments).Temperature);
    }

    [Fact]
    public async Task The_last_temperature_stands_whatever_it_gave()
    {
        ScriptedWindowDecoder decoder = new((_, _) => Window([.. Ids("la la la")]) with { SumLogprob = -500 });

        Transcript transcript = await Transcriber(decoder).Start(Features(48000), English).ReadToEndAsync(Cancellation);

        Assert.Equal(6, decoder.Requests.Count);
        Assert.Equal((1, "la la la"), (Assert.Single(transcript.Segments).Temperature, transcript.Text));
    }

    [Fact]
    public async Task A_repetition_is_tried_again_without_the_log_probability_rule()
    {
        int[] repeated = [.. Enumerable.Repeat(Ids(" and so on"), 20).SelectMany(ids => ids)];
        ScriptedWindowDecoder decoder = new((request, _) => Window(request.Temperature == 0 ? repeated : Ids(" and so on")));

        Transcript transcript = await Transcriber(decoder).Start(Features(48000), English with { LogprobThreshold = null, NoSpeechThreshold = null }).ReadToEndAsync(Cancellation);

        Assert.Equal((2, " and so on"), (decoder.Requests.Count, transcript.Text));
    }

    [Fact]
    public async Task What_was_sampled_at_a_high_temperature_goes_before_no_later_window()
    {
        ScriptedWindowDecoder decoder = new((request, index) => Window([Time(0), .. Ids("one"), Time(1)]) with { SumLogprob = index == 0 || (index == 1 && request.Temperature < 0.5) ? -50 : -0.1 });

        await Transcriber(decoder).Start(Features(3 * 48000), English with { ConditionOnPreviousText = true }).ReadToEndAsync(Cancellation);

        // The first window stands at 0.4: it goes before the second one.
        Assert.Equal([0, 0.2, 0.4, 0, 0], decoder.Requests.Select(request => request.Temperature));
        Assert.Equal([Vocabulary.PreviousToken, Time(0), .. Ids("one"), Time(1)], decoder.Requests[3].PromptTokens.Take(decoder.Requests[3].PromptTokens.Count - 3));
        decoder = new((request, _) => Window([Time(0), .. Ids("one"), Time(1)]) with { SumLogprob = request.Temperature < 0.5 ? -50 : -0.1 });
        await Transcriber(decoder).Start(Features(2 * 48000), English with { ConditionOnPreviousText = true }).ReadToEndAsync(Cancellation);
        Assert.All(decoder.Requests, request => Assert.Equal(3, request.PromptTokens.Count));
    }

    [Fact]
    public async Task A_given_input_is_one_window_without_seek_detection_or_skipping()
    {
        int[] input = [Vocabulary.StartToken, Vocabulary.Find("de")!.Token, Vocabulary.TranscribeToken!.Value], output = [Time(0.1), .. Ids("eins"), Time(1), Time(1), .. Ids("zwei")];
        ScriptedWindowDecoder decoder = new(Window(output) with { NoSpeechProbability = 0.99, SumLogprob = -50 });

        Transcript transcript = await Transcriber(decoder).Start(Features(3 * 48000), new() { PromptTokens = input, Temperature = 0, Rules = false, MaxNewTokens = 24 }).ReadToEndAsync(Cancellation);

        WindowRequest request = Assert.Single(decoder.Requests);
        Assert.Equal(input, request.PromptTokens);
        Assert.Equal((24, 0, 0), (request.MaxNewTokens, request.Rules.Count, request.NoSpeechPosition));
        Assert.Equal(output, transcript.Tokens);
        Assert.Equal(("einszwei", "de"), (transcript.Text, transcript.Language));
        Assert.Equal("eins", Assert.Single(transcript.Segments).Text);
    }

    [Fact]
    public async Task A_given_input_of_a_short_recording_is_filled_with_silence_not_with_zeros()
    {
        ScriptedWindowDecoder decoder = new(Window());

        await Transcriber(decoder).Start(Features(16000), new() { PromptTokens = [Vocabulary.StartToken] }).ReadToEndAsync(Cancellation);

        Assert.Equal(Enumerable.Range(1, WindowFrames).Select(frame => (float)frame), decoder.Requests[0].Features.Values.ToArray());
    }

    [Fact]
    public async Task Segments_come_as_they_are_decided()
    {
        ScriptedWindowDecoder decoder = new((_, index) => Window([Time(0), .. Ids($"w{index}"), Time(1)]));
        TranscriptStream stream = Transcriber(decoder).Start(Features(3 * 48000), English);
        Assert.Empty(decoder.Requests);

        List<(string Text, int Decoded, double Position)> seen = [];
        await foreach (TranscriptSegment segment in stream)
            seen.Add((segment.Text, decoder.Requests.Count, stream.PositionSeconds));

        Assert.Equal([("w0", 1, 3), ("w1", 2, 6), ("w2", 3, 9)], seen);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task Cancelling_ends_the_stream_in_cancellation()
    {
        using CancellationTokenSource cancel = new();
        ScriptedWindowDecoder decoder = new((_, index) =>
        {
            if (index == 1)
                cancel.Cancel();
            return Window(Ids("x"));
        });

        await Assert.ThrowsAsync<OperationCanceledException>(() => Transcriber(decoder).Start(Features(10 * 48000), English).ReadToEndAsync(cancel.Token));

        Assert.Equal(2, decoder.Requests.Count);
    }

    [Fact]
    public async Task A_fault_of_the_engine_reaches_the_reader_after_the_segments_before_it()
    {
        ScriptedWindowDecoder decoder = new((_, index) => index == 0 ? Window(Ids("one")) : throw new EngineFaultException("broken"));
        List<string> seen = [];

        await Assert.ThrowsAsync<EngineFaultException>(async () =>
        {
            await foreach (TranscriptSegment segment in Transcriber(decoder).Start(Features(2 * 48000), English))
                seen.Add(segment.Text);
        });

        Assert.Equal(["one"], seen);
    }

    [Fact]
    public async Task Detection_decides_among_the_allowed_languages_and_reports_all()
    {
        float[] probabilities = [.. Vocabulary.Languages.Select(language => language.Code switch { "en" => 0.7f, "hi" => 0.2f, "cs" => 0.1f, _ => 0 })];
        ScriptedWindowDecoder decoder = new(Window(Ids("x"))) { Languages = () => probabilities };

        Transcript transcript = await Transcriber(decoder).Start(Features(16000), new() { Language = "auto", AllowedLanguages = ["CS", "hi"] }).ReadToEndAsync(Cancellation);

        Assert.Equal("hi", transcript.Language);
        Assert.Equal(9, transcript.LanguageProbabilities!.Count);
        Assert.Equal(0.7, transcript.LanguageProbabilities["en"], 1e-6);
        Assert.Equal([Vocabulary.StartToken, Vocabulary.Find("hi")!.Token, Vocabulary.TranscribeToken!.Value], decoder.Requests[0].PromptTokens);
    }

    [Fact]
    public async Task An_english_only_model_gets_neither_language_nor_task()
    {
        ScriptedWindowDecoder decoder = new(Window(Ids("x")));

        Transcript transcript = await Transcriber(decoder, EnglishOnly).Start(Features(16000), new() { Timestamps = false }).ReadToEndAsync(Cancellation);

        Assert.Equal([Vocabulary.StartToken, Vocabulary.NoTimestampsToken], decoder.Requests[0].PromptTokens);
        Assert.Equal(("en", null), (transcript.Language, transcript.LanguageProbabilities));
    }

    [Fact]
    public async Task Translation_asks_for_its_token()
    {
        ScriptedWindowDecoder decoder = new(Window(Ids("x")));

        await Transcriber(decoder).Start(Features(16000), new() { Language = "DE", Task = SpeechTask.Translate }).ReadToEndAsync(Cancellation);

        Assert.Equal([Vocabulary.StartToken, Vocabulary.Find("de")!.Token, Vocabulary.TranslateToken!.Value], decoder.Requests[0].PromptTokens);
    }

    [Fact]
    public async Task An_empty_recording_has_a_language_and_no_segments()
    {
        ScriptedWindowDecoder decoder = new() { Languages = () => [1, 0, 0, 0, 0, 0, 0, 0, 0] };

        Transcript transcript = await Transcriber(decoder).Start(Features(0), new()).ReadToEndAsync(Cancellation);

        Assert.Equal((Vocabulary.Languages[0].Code, "", 0), (transcript.Language, transcript.Text, transcript.Segments.Count));
    }

    [Fact]
    public void Features_without_the_appended_silence_are_refused()
    {
        RecordingFeatures bare = new(new float[100], 1, 100, 100, 1);
        Assert.Contains("silence is to be appended", Assert.Throws<ArgumentException>(() => Transcriber(new ScriptedWindowDecoder()).Start(bare, English)).Message, StringComparison.Ordinal);
    }
}
