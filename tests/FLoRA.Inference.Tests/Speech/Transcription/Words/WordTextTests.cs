using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Words;
using static FLoRA.Inference.Tests.Speech.Transcription.SpeechData;

namespace FLoRA.Inference.Tests.Speech.Transcription.Words;

/// <summary>Which tokens are a word, and where punctuation goes.</summary>
public sealed class WordTextTests
{
    private static readonly WordSplitter Splitter = new(Tokenizer, Vocabulary);

    [Theory]
    [InlineData("set the camera", "set| the| camera")]
    [InlineData("yes, set 'it'.", "yes|,| set| |'it|'|.")]
    [InlineData("größer möchte", "größer| möchte")]
    [InlineData("आज नौ", "आज| नौ")]
    [InlineData("a  b", "a| | b")]
    public void Words_begin_at_spaces_and_marks(string text, string words)
    {
        IReadOnlyList<WordTokens> split = Splitter.Split(Ids(text), "en");

        Assert.Equal(words.Split('|'), split.Select(word => word.Text));
        Assert.Equal(Ids(text), split.SelectMany(word => word.Tokens));
    }

    [Fact]
    public void Languages_without_spaces_are_cut_at_every_character()
    {
        int[] ids = Ids("今日は");
        Assert.True(ids.Length > 3);

        IReadOnlyList<WordTokens> split = Splitter.Split(ids, "ja");

        Assert.Equal(["今", "日", "は"], split.Select(word => word.Text));
        Assert.Equal(["今日は"], Splitter.Split(ids, "en").Select(word => word.Text));
    }

    [Fact]
    public void Cut_characters_lose_no_tokens()
    {
        int[] ids = [.. Ids("आज")[..^1], .. Ids(" x"), .. Ids("न")[..1]];

        Assert.Equal(ids, Splitter.Split(ids, "hi").SelectMany(word => word.Tokens));
    }

    [Fact]
    public void A_special_token_is_no_part_of_the_word_before_it() =>
        Assert.Equal(["a", "<|endoftext|>"], Splitter.Split([.. Ids("a"), Vocabulary.EndToken], null).Select(word => word.Text));

    [Theory]
    [InlineData("Hello|,| he| said|.", "Hello,| he| said.")]
    [InlineData("He| said| “|yes|”|!", "He| said| “yes”!")]
    [InlineData(" (|a|)| b", " (a)| b")]
    [InlineData("so| -| -| well", "so| - - well")]
    [InlineData("¿|que", "¿|que")] // without a space before it the mark stays
    [InlineData("x", "x")]
    [InlineData("", "")]
    public void Marks_go_to_their_words(string before, string after)
    {
        List<WordTiming> words = [.. before.Split('|').Select((text, i) => new WordTiming { Text = text, TokenCount = 1, StartSeconds = i, EndSeconds = i + 1, Probability = 1 })];
        TranscriptionOptions options = new();

        PunctuationMerge.Apply(words, options.PrependPunctuations, options.AppendPunctuations);

        WordTiming[] left = [.. words.Where(word => word.TokenCount > 0)];
        Assert.Equal(after.Split('|'), left.Select(word => word.Text));
        Assert.Equal(words.Count, left.Sum(word => word.TokenCount));
        Assert.All(words, word => Assert.Equal(1, word.DurationSeconds));
    }
}
