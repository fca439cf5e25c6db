using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Inference.Tests.Speech.Transcription.Batched;

public sealed class SilenceCutterTests
{
    private const int Window = 300;

    [Fact]
    public void Pieces_are_in_order_fit_into_a_window_and_leave_out_only_silence()
    {
        Random random = new(1);
        for (int round = 0; round < 2000; round++)
        {
            float[] loudness = Loudness(random);
            int window = random.Next(2, 400);

            IReadOnlyList<RecordingPiece> pieces = SilenceCutter.Cut(loudness, window);

            int end = 0;
            float silence = SilenceCutter.SilenceOf(loudness) ?? float.NegativeInfinity;
            foreach (RecordingPiece piece in pieces.Append(new RecordingPiece(loudness.Length, loudness.Length)))
            {
                Assert.True(piece.StartFrame >= end && piece.FrameCount <= window, $"round {round}: {piece} behind {end}, window {window}");
                Assert.True(loudness[end..piece.StartFrame].All(value => value <= silence), $"round {round}: speech before {piece} is in no piece");
                end = piece.EndFrame;
            }

            Assert.All(pieces, piece => Assert.InRange(piece.FrameCount, 1, window));
            Assert.Equal(pieces, SilenceCutter.Cut(loudness, window));
        }
    }

    [Fact]
    public void Speech_between_silences_is_a_piece_with_a_tenth_of_a_second_around_it()
    {
        float[] loudness = Pattern((200, 0), (250, 1), (100, 0), (200, 1), (90, 0));
        Assert.Equal([new(190, 460), new(540, 760)], SilenceCutter.Cut(loudness, Window));
    }

    [Fact]
    public void Neighbours_that_fit_into_one_window_share_it()
    {
        float[] loudness = Pattern((100, 1), (50, 0), (100, 1), (50, 0), (100, 1));
        Assert.Equal([new(0, 260), new(290, 400)], SilenceCutter.Cut(loudness, Window));
        Assert.Equal([new(0, 400)], SilenceCutter.Cut(loudness, 400));
    }

    [Fact]
    public void A_pause_shorter_than_a_fifth_of_a_second_is_speech()
    {
        Assert.Equal([new(30, 250), new(250, 470)], SilenceCutter.Cut(Pattern((40, 0), (200, 1), (20, 0), (200, 1), (40, 0)), Window));
        // Too long for one window, so it is cut all the same, in the quietest place, as late as possible.
        Assert.Equal([new(30, 251), new(251, 469)], SilenceCutter.Cut(Pattern((40, 0), (200, 1), (19, 0), (200, 1), (40, 0)), Window));
    }

    [Fact]
    public void Long_speech_is_cut_in_the_second_half_of_a_window_where_it_is_quietest()
    {
        float[] loudness = Pattern((100, 1), (15, 0.5f), (85, 1), (15, 0.7f), (285, 1), (100, 0));
        Assert.Equal([new(0, 207), new(207, 504)], SilenceCutter.Cut(loudness, Window));
    }

    [Fact]
    public void Silence_around_speech_of_nearly_a_window_does_not_cut_it()
    {
        float[] loudness = Pattern((100, 0), (295, 1), (100, 0));
        Assert.Equal([new(98, 398)], SilenceCutter.Cut(loudness, Window));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(299)]
    [InlineData(700)]
    public void Nothing_is_left_out_where_nothing_stands_out(int frames)
    {
        IReadOnlyList<RecordingPiece> pieces = SilenceCutter.Cut(Pattern((frames, -1.5f)), Window);
        Assert.Equal(frames, pieces.Sum(piece => piece.FrameCount));
        Assert.Equal((frames + Window - 1) / Window, pieces.Count);
    }

    private static float[] Pattern(params (int Frames, float Loudness)[] parts) => [.. parts.SelectMany(part => Enumerable.Repeat(part.Loudness, part.Frames))];

    private static float[] Loudness(Random random)
    {
        float contrast = random.NextSingle() * 2, noise = random.NextSingle() * 0.3f;
        List<float> loudness = [];
        for (int part = random.Next(0, 12); part > 0; part--)
        {
            float level = random.Next(2) * contrast;
            for (int frame = random.Next(1, random.Next(2, 500)); frame > 0; frame--)
                loudness.Add(level + (noise * random.NextSingle()));
        }

        return [.. loudness];
    }
}
