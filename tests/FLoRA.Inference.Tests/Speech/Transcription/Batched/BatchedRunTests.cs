using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using static FLoRA.Inference.Tests.Speech.Transcription.ScriptedWindowDecoder;
using static FLoRA.Inference.Tests.Speech.Transcription.SpeechData;

namespace FLoRA.Inference.Tests.Speech.Transcription.Batched;

/// <summary>Pieces decoded at the same time: in order, bounded, each by the rules of a recording, ended together.</summary>
public sealed class BatchedRunTests
{
    private static readonly TranscriptionOptions English = new() { Language = "en", Batched = true, Temperature = 0 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Segments_come_in_order_with_the_times_of_the_recording_whatever_ends_first()
    {
        HeldDecoder decoder = new();
        TranscriptStream stream = Transcriber(decoder).Start(Utterances(3), English);
        Task<Transcript> reading = stream.ReadToEndAsync(Cancellation);
        await decoder.AskedAsync(3);

        decoder.Requests[2].Say("three");
        decoder.Requests[1].Say("two");
        Assert.Empty(stream.Tokens);
        decoder.Requests[0].Say("one");
        Transcript transcript = await reading;

        Assert.Equal(["one", "two", "three"], transcript.Segments.Select(segment => segment.Text));
        Assert.Equal([(0.9, 1.9), (4.9, 5.9), (8.9, 9.9)], transcript.Segments.Select(segment => (segment.StartSeconds, segment.EndSeconds)));
        Assert.Equal("onetwothree", transcript.Text);
        Assert.Equal([90, 490, 890], stream.Windows.Select(window => window.SeekFrames));
        Assert.Equal(12, stream.PositionSeconds);
    }

    [Fact]
    public async Task So_many_pieces_are_worked_on_at_a_time_and_no_more()
    {
        const int count = BatchedRun.MostPieces + 3;
        HeldDecoder decoder = new();
        Task<Transcript> reading = Transcriber(decoder).Start(Utterances(count), English).ReadToEndAsync(Cancellation);
        await decoder.AskedAsync(BatchedRun.MostPieces);

        for (int i = 0; i < count; i++)
        {
            await decoder.AskedAsync(Math.Min(count, BatchedRun.MostPieces + i));
            Assert.Equal(Math.Min(count, BatchedRun.MostPieces + i), decoder.Requests.Count);
            decoder.Requests[i].Say($"{i}");
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), (await reading).Segments.Select(segment => segment.Text));
    }

    [Fact]
    public async Task A_piece_is_filled_with_silence_and_seeks_on_to_its_own_end()
    {
        ScriptedWindowDecoder decoder = new((_, index) => Window(index == 0 ? [Time(0.1), .. Ids("one"), Time(0.5), Time(0.5), .. Ids("lost")] : [.. Ids($"{index}")]));

        Transcript transcript = await Transcriber(decoder).Start(Utterances(2), English).ReadToEndAsync(Cancellation);

        Assert.Equal(3, decoder.Requests.Count);
        Assert.Equal([.. Frames(90, 310), .. Enumerable.Repeat(Silent, 80)], decoder.Requests[0].Features.Values.ToArray());
        Assert.Equal([.. Frames(140, 310), .. Enumerable.Repeat(Silent, 130)], decoder.Requests[1].Features.Values.ToArray());
        Assert.Equal([.. Frames(490, 710), .. Enumerable.Repeat(Silent, 80)], decoder.Requests[2].Features.Values.ToArray());
        Assert.Equal([(1.0, 1.4, "one"), (1.4, 3.1, "1"), (4.9, 7.1, "2")], transcript.Segments.Select(segment => (segment.StartSeconds, segment.EndSeconds, segment.Text)));
    }

    [Fact]
    public async Task Thresholds_fallback_and_silence_hold_for_each_piece_alone()
    {
        ScriptedWindowDecoder decoder = new((request, _) => FrameOf(request) switch
        {
            100 => Window([.. Ids("sure")]),
            500 => Window([.. Ids("later")]) with { SumLogprob = request.Temperature < 0.3 ? -50 : -0.1 },
            _ => Window([.. Ids("noise")]) with { NoSpeechProbability = 0.9, SumLogprob = -50 },
        });

        TranscriptStream stream = Transcriber(decoder).Start(Utterances(3), English with { Temperature = null, Seed = 5 });
        Transcript transcript = await stream.ReadToEndAsync(Cancellation);

        Assert.Equal([("sure", 0), ("later", 0.4)], transcript.Segments.Select(segment => (segment.Text, segment.Temperature)));
        Assert.Equal([false, false, true], stream.Windows.Select(window => window.Skipped));
        Assert.Equal(decoder.Requests.Count, decoder.Requests.Select(request => request.Seed).Distinct().Count());
    }

    [Fact]
    public async Task The_language_is_detected_once_and_holds_for_all_pieces()
    {
        int asked = 0;
        ScriptedWindowDecoder decoder = new((_, _) => Window(Ids("x"))) { Languages = () => { asked++; return [.. Vocabulary.Languages.Select(language => language.Code == "de" ? 1f : 0)]; } };

        Transcript transcript = await Transcriber(decoder).Start(Utterances(3), English with { Language = null, AllowedLanguages = ["de", "en"] }).ReadToEndAsync(Cancellation);

        Assert.Equal((1, "de", 9), (asked, transcript.Language, transcript.LanguageProbabilities!.Count));
        Assert.All(decoder.Requests, request => Assert.Equal([Vocabulary.StartToken, Vocabulary.Find("de")!.Token, Vocabulary.TranscribeToken!.Value], request.PromptTokens));
    }

    [Theory]
    [InlineData(false, new[] { true, false, false })]
    [InlineData(true, new[] { true, true, true })]
    public async Task A_prompt_goes_before_the_first_window_of_the_recording_or_before_all(bool carry, bool[] prompted)
    {
        ScriptedWindowDecoder decoder = new((_, _) => Window(Ids("x")));

        await Transcriber(decoder).Start(Utterances(3), English with { InitialPrompt = "names", CarryInitialPrompt = carry }).ReadToEndAsync(Cancellation);

        Assert.Equal(prompted, decoder.Requests.Select(request => request.PromptTokens[0] == Vocabulary.PreviousToken));
    }

    [Fact]
    public async Task Words_are_aligned_in_each_piece()
    {
        ScriptedWindowDecoder decoder = new((_, _) => Window([Time(0), .. Ids(" go on"), Time(2)]))
        {
            Align = request => new AlignmentScores(Enumerable.Range(0, request.Tokens.Count).SelectMany(token => Enumerable.Range(0, 150).Select(position => position / 10 == token ? 20f : 0)).ToArray(), 1, request.Tokens.Count, 150, new double[request.Tokens.Count - request.TextBegin - 1]),
        };

        Transcript transcript = await Transcriber(decoder).Start(Utterances(2), English with { WordTimestamps = true }).ReadToEndAsync(Cancellation);

        double[] starts = [.. transcript.Segments.SelectMany(segment => segment.Words).Select(word => word.StartSeconds)];
        Assert.Equal(starts.Order(), starts);
        Assert.Contains(starts, start => start is >= 0.9 and < 3.1);
        Assert.All(starts.Where(start => start > 3.1), start => Assert.InRange(start, 4.9, 7.1));
        Assert.Contains(starts, start => start > 4.9);
    }

    [Fact]
    public async Task A_fault_reaches_the_reader_after_the_segments_before_it_and_ends_the_rest()
    {
        HeldDecoder decoder = new();
        TranscriptStream stream = Transcriber(decoder).Start(Utterances(4), English);
        List<string> seen = [];
        Task reading = Task.Run(async () =>
        {
            await foreach (TranscriptSegment segment in stream)
                seen.Add(segment.Text);
        }, Cancellation);
        await decoder.AskedAsync(4);

        decoder.Requests[1].Answer.SetException(new EngineFaultException("broken"));
        decoder.Requests[0].Say("one");

        await Assert.ThrowsAsync<EngineFaultException>(() => reading);
        Assert.Equal(["one"], seen);
        Assert.Equal(2, decoder.Cancelled);
    }

    [Fact]
    public async Task Leaving_early_leaves_nothing_behind()
    {
        HeldDecoder decoder = new();
        IAsyncEnumerator<TranscriptSegment> reader = Transcriber(decoder).Start(Utterances(BatchedRun.MostPieces + 5), English).GetAsyncEnumerator(Cancellation);
        Task<bool> moving = reader.MoveNextAsync().AsTask();
        await decoder.AskedAsync(BatchedRun.MostPieces);
        decoder.Requests[0].Say("one");
        Assert.True(await moving);
        await decoder.AskedAsync(BatchedRun.MostPieces + 1);

        await reader.DisposeAsync();

        Assert.Equal((BatchedRun.MostPieces + 1, BatchedRun.MostPieces), (decoder.Requests.Count, decoder.Cancelled));
    }

    [Fact]
    public async Task Cancelling_ends_the_stream_in_cancellation()
    {
        using CancellationTokenSource cancel = new();
        HeldDecoder decoder = new();
        Task<Transcript> reading = Transcriber(decoder).Start(Utterances(3), English).ReadToEndAsync(cancel.Token);
        await decoder.AskedAsync(3);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(3, decoder.Cancelled);
    }

    [Fact]
    public async Task An_empty_recording_has_no_segments()
    {
        TranscriptStream stream = Transcriber(new ScriptedWindowDecoder()).Start(Features(0), English);
        Assert.Empty((await stream.ReadToEndAsync(Cancellation)).Segments);
    }

    private const float Quiet = 0, Silent = -0.5f;

    /// <summary>Utterances of 2 s, each 1 s behind the end of a silence of 2 s in all: from 1.0 s, 5.0 s, 9.0 s and so on.</summary>
    private static RecordingFeatures Utterances(int count)
    {
        int content = count * 400;
        return new RecordingFeatures(Frames(0, content), 1, content + WindowFrames, content, content / 100.0) { SilentValue = Silent };
    }

    /// <summary>A loud frame tells its number.</summary>
    private static float[] Frames(int start, int end) => [.. Enumerable.Range(start, end - start).Select(frame => frame % 400 is >= 100 and < 300 ? 1 + (frame * 1e-5f) : Quiet)];

    private static int FrameOf(WindowRequest request) => (int)MathF.Round((request.Features.Values.ToArray().First(value => value > Quiet) - 1) / 1e-5f);
}
