using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Words;

namespace FLoRA.Inference.Tests.Speech.Transcription.Words;

/// <summary>Pauses that the alignment gave to words are taken from them.</summary>
public sealed class LongWordsTests
{
    [Fact]
    public void The_median_is_of_words_with_a_length_and_at_most_seven_tenths()
    {
        WordTiming[] words = [Word("a", 0, 0.2), Word("b", 0.2, 0.2), Word("c", 0.2, 0.6), Word(".", 0.6, 3)];
        LongWords.For(words).ShortenAtSentences(words);
        Assert.Equal(1.4, words[3].EndSeconds, 9); // 0.6 + 2 x median(0.2, 0.4, 2.4)

        words = [Word("a", 0, 2), Word("b", 2, 4), Word(".", 4, 9)];
        LongWords.For(words).ShortenAtSentences(words);
        Assert.Equal(5.4, words[2].EndSeconds, 9);
    }

    [Fact]
    public void The_word_behind_a_sentence_end_loses_its_beginning()
    {
        WordTiming[] words = [Word("a", 0, 0.2), Word(".", 0.2, 0.4), Word(" b", 0.4, 3), Word(" c", 3, 6)];
        new LongWords(0.2).ShortenAtSentences(words);
        Assert.Equal((2.6, 3, 3, 6), (words[2].StartSeconds, words[2].EndSeconds, words[3].StartSeconds, words[3].EndSeconds));
    }

    [Fact]
    public void After_a_pause_the_first_word_is_not_long()
    {
        WordTiming[] words = [Word("a", 1, 5), Word(" b", 5, 5.2)];
        new LongWords(0.2).ShortenAfterPause(words, lastSpeechSeconds: 1);
        Assert.Equal(4.6, words[0].StartSeconds, 9);
    }

    [Fact]
    public void After_a_pause_the_first_two_words_are_not_long()
    {
        WordTiming[] words = [Word("a", 5, 5.2), Word(" b", 5.2, 9)];
        new LongWords(0.2).ShortenAfterPause(words, lastSpeechSeconds: 1);
        Assert.Equal([8.2, 8.6, 8.6, 9], new[] { words[0].StartSeconds, words[0].EndSeconds, words[1].StartSeconds, words[1].EndSeconds }.Select(time => Math.Round(time, 9)));
    }

    [Fact]
    public void Without_a_pause_nothing_changes()
    {
        WordTiming[] words = [Word("a", 1, 1.7), Word(" b", 1.7, 9)];
        new LongWords(0.2).ShortenAfterPause(words, lastSpeechSeconds: 1);
        Assert.Equal((1, 1.7), (words[0].StartSeconds, words[0].EndSeconds));
    }

    [Fact]
    public void A_segment_takes_the_times_of_its_words_if_they_are_near()
    {
        SegmentDraft segment = Segment(1, 5, Word("a", 0.6, 2), Word(" b", 2, 5.4));
        new LongWords(0.2).Settle(segment);
        Assert.Equal((0.6, 5.4), (segment.StartSeconds, segment.EndSeconds));
    }

    [Fact]
    public void Words_take_the_times_of_their_segment_if_they_are_far()
    {
        SegmentDraft segment = Segment(1, 5, Word("a", 0.4, 2), Word(" b", 2, 5.6));
        new LongWords(0.2).Settle(segment);
        Assert.Equal((1, 5), (segment.StartSeconds, segment.EndSeconds));
        Assert.Equal((1, 5), (segment.Words[0].StartSeconds, segment.Words[1].EndSeconds));
    }

    private static WordTiming Word(string text, double start, double end) => new() { Text = text, TokenCount = 1, StartSeconds = start, EndSeconds = end, Probability = 1 };

    private static SegmentDraft Segment(double start, double end, params WordTiming[] words) => new() { StartSeconds = start, EndSeconds = end, Text = "x", Tokens = [1], Words = words };
}
