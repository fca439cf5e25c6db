using System.Text.Json;

namespace FLoRA.Inference.Tests.Text;

/// <summary>Tokenizer files that are well-formed and mean harm: texts that grow at every step, patterns without end, tokens that all begin alike.</summary>
public sealed class HostileTokenizerTests
{
    private const string Isolated = "Isolated";

    [Fact]
    public void Normalizers_that_multiply_a_text_are_refused()
    {
        static string Replace(string content) => $$"""{"type":"Replace","pattern":{"String":"a"},"content":"{{content}}"}""";
        string Sequence(int count) => $$"""{"type":"Sequence","normalizers":[{{string.Join(',', Enumerable.Repeat(Replace("aaaa"), count))}}]}""";
        Assert.NotEmpty(new TokenizerFileBuilder { Normalizer = Sequence(3) }.Load().Encode("a"));
        Assert.Contains("256 characters of one", Refused(new TokenizerFileBuilder { Normalizer = Sequence(4) }), StringComparison.Ordinal);
        Assert.Contains("65 parts", Refused(new TokenizerFileBuilder { Normalizer = Sequence(65) }), StringComparison.Ordinal);
    }

    [Fact]
    public void Stages_and_patterns_have_bounds()
    {
        string[] stages = [.. Enumerable.Repeat(TokenizerFileBuilder.Split("(a|b)+", Isolated), 64), TokenizerFileBuilder.BareByteLevel];
        Assert.Contains("65 parts", Refused(new TokenizerFileBuilder { PreTokenizer = TokenizerFileBuilder.Sequence(stages) }), StringComparison.Ordinal);
        Assert.Contains("10001 characters", Refused(With(new string('a', 10_001))), StringComparison.Ordinal);
    }

    /// <summary>Each ends by ids or by an error of ours: what needs no backtracking has none, and what does has a time limit.</summary>
    [Theory]
    [InlineData("(a+)+b")]
    [InlineData("(a|aa)+$")]
    [InlineData("(a*)*")]
    [InlineData("((a?){1,5}){1,5}b")]
    [InlineData("(?:a|a|a|a)+c")]
    [InlineData("a*a*a*a*b")]
    public void Patterns_on_a_long_text_end(string pattern)
    {
        string text = new('a', pattern.StartsWith('a') ? 300 : 20_000);
        try
        {
            var tokenizer = With(pattern).Load();
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
        catch (Exception e) when (e is InvalidRequestException or ModelLoadException)
        {
            Assert.Contains("pattern", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Added_tokens_that_begin_alike_are_found_as_ever()
    {
        const int Count = 200;
        string tokens = JsonSerializer.Serialize(Enumerable.Range(1, Count).Select(i => new { id = 300 + i, content = new string('a', i) + "b", special = true, normalized = false })
            .Append(new { id = 300, content = "a", special = true, normalized = false }));
        var tokenizer = new TokenizerFileBuilder { AddedTokens = tokens }.Load();
        Assert.Equal(Enumerable.Repeat(300, 20_000), tokenizer.Encode(new string('a', 20_000)));
        Assert.Equal([300, 300 + Count, 302, 300], tokenizer.Encode(new string('a', Count + 1) + "baaba"));
    }

    [Fact]
    public void An_added_token_has_a_length()
    {
        string Token(int length) => JsonSerializer.Serialize(new[] { new { id = 300, content = new string('a', length) } });
        Assert.Contains("1025 characters", Refused(new TokenizerFileBuilder { AddedTokens = Token(1025) }), StringComparison.Ordinal);
        Assert.Equal([300], new TokenizerFileBuilder { AddedTokens = Token(1024) }.Load().Encode(new string('a', 1024)));
    }

    private static TokenizerFileBuilder With(string pattern) => new() { PreTokenizer = TokenizerFileBuilder.Sequence(TokenizerFileBuilder.Split(pattern, Isolated), TokenizerFileBuilder.BareByteLevel) };

    private static string Refused(TokenizerFileBuilder builder) => Assert.Throws<ModelLoadException>(builder.Load).Message;
}
