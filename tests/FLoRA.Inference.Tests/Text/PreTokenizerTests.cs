using FLoRA.Inference.Text.Tokenization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Text;

public sealed class PreTokenizerTests
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Cl100kPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]|\s+(?!\S)|\s+";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Property(MaxTest = 1000, Replay = "7,9")]
    public Property The_scanner_of_gpt2_equals_its_pattern() => Prop.ForAll(Texts(), text =>
        Assert.Equal(Pieces(Pattern(Gpt2Pattern), text), Pieces(new Gpt2PreTokenizer(), text)));

    [Property(MaxTest = 1000, Replay = "7,9")]
    public Property Isolating_patterns_lose_nothing() => Prop.ForAll(Texts(), text =>
        Assert.All([Llama3Pattern, Qwen2Pattern, Cl100kPattern, @"\d"], pattern => Assert.Equal(text, string.Concat(Pieces(Pattern(pattern), text)))));

    [Property(MaxTest = 500, Replay = "7,9")]
    public Property Possessive_quantifiers_only_save_time() => Prop.ForAll(Texts(), text =>
        Assert.Equal(Pieces(Pattern(Cl100kPattern.Replace("?+", "?", StringComparison.Ordinal).Replace("++", "+", StringComparison.Ordinal).Replace("*+", "*", StringComparison.Ordinal)), text), Pieces(Pattern(Cl100kPattern), text)));

    [Theory]
    [InlineData(Llama3Pattern, "I'LL pay 12345 euros!!\r\n\r\n  for x", "I|'LL| pay| |123|45| euros|!!\r\n\r\n| | for| x")]
    [InlineData(Qwen2Pattern, "a12 = b;\n\n\tc", "a|1|2| =| b|;\n\n|\tc")]
    [InlineData("[一-龥ࠀ-一가-퟿]+", "中文 日本 한국", "中文| |日本| |한국")]
    [InlineData(Llama3Pattern, "𝔘𝔫𝔦 𝟙𝟚𝟛𝟜 𠮷野家\U0001F999\U0001F999", "𝔘𝔫𝔦| |𝟙𝟚𝟛|𝟜| 𠮷野家|\U0001F999\U0001F999")]
    public void Published_patterns_cut_over_code_points(string pattern, string text, string pieces) =>
        Assert.Equal(pieces.Split('|'), Pieces(Pattern(pattern), text));

    [Theory]
    [InlineData("Isolated", "a|-|-|b|-")]
    [InlineData("Removed", "a|b")]
    [InlineData("Contiguous", "a|--|b|-")]
    [InlineData("MergedWithPrevious", "a-|-|b-")]
    [InlineData("MergedWithNext", "a|-|-b|-")]
    public void A_split_does_with_its_matches_what_it_is_told(string behavior, string pieces) =>
        Assert.Equal(pieces.Split('|'), Pieces(Pattern("-", Enum.Parse<SplitBehavior>(behavior)), "a--b-"));

    [Fact]
    public void An_inverted_split_cuts_at_what_lies_between() =>
        Assert.Equal(["ab", "c"], Pieces(Pattern("[a-z]+", SplitBehavior.Removed, invert: true), "1ab 2c3"));

    [Theory]
    [InlineData(true, "a|1|2| |𝟙|Ⅷ|½")]
    [InlineData(false, "a|12| |𝟙Ⅷ½")]
    public void Digits_are_all_numbers_of_unicode(bool individual, string pieces) =>
        Assert.Equal(pieces.Split('|'), Pieces(new DigitPreTokenizer(individual), "a12 𝟙Ⅷ½"));

    [Theory]
    [InlineData("(")]
    [InlineData("[a")]
    [InlineData(@"\p{Han}+")]
    [InlineData(@"\p{L")]
    [InlineData("[[:alpha:]]")]
    [InlineData("[a&&b]")]
    [InlineData("[a-z-[aeiou]]")]
    [InlineData(@"\p{N}{1,3}+")]
    [InlineData(@"\h")]
    [InlineData(@"\x{1F600}")]
    [InlineData("[\U0001F600-\U0001F64F]")]
    [InlineData(@"[\u0100-\uFFFF]")]
    [InlineData("(?m:.)")]
    [InlineData(@"\bx")]
    [InlineData("a**")]
    [InlineData("(a{1,1000}){1,1000}")]
    [InlineData("a{99999999999}")]
    [InlineData("a{x}")]
    public void What_would_mean_something_else_is_refused_by_name(string pattern) =>
        Assert.Contains(pattern, Assert.Throws<FormatException>(() => Pattern(pattern)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(?=a)(a|aa)+$")]
    public void A_hostile_pattern_ends_in_time(string pattern)
    {
        CodePointPattern hostile = new(pattern, isText: false, TimeSpan.FromMilliseconds(50));
        string text = new string('a', 5000) + "!";
        if (pattern[1] == '?')
            Assert.Contains("took over", Assert.Throws<InvalidRequestException>(() => hostile.Matches(text)).Message, StringComparison.Ordinal);
        else
            Assert.Empty(new CodePointPattern(pattern, isText: false, Limit).Matches(text));
    }

    private static PatternPreTokenizer Pattern(string pattern, SplitBehavior behavior = SplitBehavior.Isolated, bool invert = false) =>
        new(new CodePointPattern(pattern, isText: false, Limit), behavior, invert);

    private static string[] Pieces(IPreTokenizer cut, string text)
    {
        List<Section> pieces = [];
        cut.Cut(text, 0, pieces);
        return [.. pieces.Select(piece => text.Substring(piece.Start, piece.Length))];
    }

    // What the patterns tell apart, below and beyond U+FFFF: letters, marks, numbers, spaces, line ends, quotes, symbols.
    private static Arbitrary<string> Texts()
    {
        string[] parts = ["a", "B", "é", "ß", "e\u0301", "中", "𝔘", "𠮷", "\U00010400", "1", "²", "Ⅷ", "𝟙", "\U00010107", " ", "  ", "\t", "\u00A0", "\u2003", "\u0085", "\n", "\r\n",
            "'", "'s", "'LL", "'ve", "’", "-", "_", "\U0001F999", "\u200D", "\U0001D16D", "\U000E0001", "\U000F0000", "\u0000", "\U0003FFFF"];
        return Arb.From(Gen.Elements(parts).ListOf().Select(list => string.Concat(list)));
    }
}
