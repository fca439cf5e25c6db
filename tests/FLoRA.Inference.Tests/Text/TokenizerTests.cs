using System.Text;
using FLoRA.Inference.Text;
using FLoRA.Inference.Text.Tokenization;
using FsCheck;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Text;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Tinycoder = TextData.LoadTinycoder();

    [Fact]
    public void Special_tokens_in_the_text_are_recognised_the_longest_first()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder { AddedTokens = """[{"id":300,"content":"<a>"},{"id":301,"content":"<a><b>"},{"id":302,"content":"a><b>c"}]""" }.Load();
        Assert.Equal([301, 99], tokenizer.Encode("<a><b>c"));
        Assert.Equal([300, 300, 60], tokenizer.Encode("<a><a><"));
        Assert.Equal(Encoding.UTF8.GetBytes("<a>").Select(value => (int)value), tokenizer.EncodePlain("<a>"));
        Assert.Equal("<a><b>é", tokenizer.Decode([301, .. Encoding.UTF8.GetBytes("é").Select(value => (int)value)]));
    }

    [Theory]
    [InlineData("lstrip", "x \n<t> y", new[] { 120, 300, 32, 121 })]
    [InlineData("rstrip", "x <t> \ny", new[] { 120, 32, 300, 121 })]
    [InlineData("single_word", "x<t> <t>é <t>", new[] { 120, 60, 116, 62, 32, 60, 116, 62, 195, 169, 32, 300 })]
    [InlineData("normalized", "<t>x", new[] { 300, 120 })]
    public void The_flags_of_added_tokens_are_honoured(string flag, string text, int[] ids) =>
        Assert.Equal(ids, new TokenizerFileBuilder { AddedTokens = $$"""[{"id":300,"content":"<t>","{{flag}}":true}]""" }.Load().Encode(text));

    [Fact]
    public void Text_between_added_tokens_is_composed_where_the_file_says_so()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder { Normalizer = """{"type":"NFC"}""", AddedTokens = """[{"id":300,"content":"e\u0301!"},{"id":301,"content":"o\u0301","normalized":true}]""" }.Load();
        Assert.Equal([300, 195, 169, 301, 301], tokenizer.Encode("e\u0301!e\u0301o\u0301ó"));
        Assert.Equal([195, 169], tokenizer.EncodePlain("e\u0301"));
    }

    [Fact]
    public void Tokens_that_normalise_to_the_same_or_to_nothing_do_no_harm()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder
        {
            Normalizer = """{"type":"Replace","pattern":{"String":"_"},"content":""}""",
            AddedTokens = """[{"id":300,"content":"a_b","normalized":true},{"id":301,"content":"ab_","normalized":true},{"id":302,"content":"_","normalized":true}]""",
        }.Load();
        Assert.Equal([300, 99, 300], tokenizer.Encode("ab_ca_b"));
    }

    [Fact]
    public void A_prefix_space_is_put_before_each_gap()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder
        {
            PreTokenizer = """{"type":"ByteLevel","add_prefix_space":true}""",
            AddedTokens = """[{"id":300,"content":"<t>"}]""",
        }.Load();
        Assert.Equal([32, 97, 300, 32, 98], tokenizer.Encode("a<t> b"));
        Assert.Empty(tokenizer.Encode(""));
    }

    [Theory]
    [InlineData("false", new[] { 257, 99 })]
    [InlineData("true", new[] { 258 })]
    public void Ignoring_merges_takes_a_whole_piece_first(string ignore, int[] ids)
    {
        // "abc" is reachable as a + bc only, but ab is merged first.
        Tokenizer tokenizer = new TokenizerFileBuilder
        {
            Merges = ["b c", "a b", "a bc"],
            Model = $$"""{"type":"BPE","ignore_merges":{{ignore}}}""",
            Change = root => (root["model"]!["merges"]![0], root["model"]!["merges"]![1]) = (System.Text.Json.Nodes.JsonValue.Create("a b"), System.Text.Json.Nodes.JsonValue.Create("b c")),
        }.Load();
        Assert.Equal(ids, tokenizer.Encode("abc"));
        Assert.Equal("abc", tokenizer.Decode(ids));
    }

    [Fact]
    public void A_byte_without_a_token_is_an_error_that_names_it()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder { Change = root => root["model"]!["vocab"]!.AsObject().Remove(ByteAlphabet.NameOf(0xC3).ToString()) }.Load();
        Assert.Contains("0xC3", Assert.Throws<InvalidRequestException>(() => tokenizer.Encode("xé")).Message, StringComparison.Ordinal);
        Assert.Equal([120], tokenizer.Encode("x"));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_a_replacement_character() =>
        Assert.Equal(Tinycoder.Encode("a\uFFFDb"), Tinycoder.Encode("a\uD83Db"));

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("=")]
    [InlineData("\u0301")]
    [InlineData("\u0323\u0307")]
    public void A_megabyte_of_one_character_comes_back(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / unit.Length));
        IReadOnlyList<int> ids = Tinycoder.Encode(text);
        Assert.InRange(ids.Count, 1, text.Length * 2);
        Assert.Equal(text, Tinycoder.Decode(ids));
    }

    [Fact]
    public async Task Many_threads_share_one_tokenizer()
    {
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"def f{i}(x):\n    return x * {i} # größe {i}\n<fim_middle>")];
        IReadOnlyList<int>[] alone = [.. texts.Select(TextData.LoadTinycoder().Encode)];
        IReadOnlyList<int>[] together = await Task.WhenAll(texts.Select(text => Task.Run(() => Tinycoder.Encode(text), TestContext.Current.CancellationToken)));
        Assert.Equal(alone, together);
    }

    [Property(MaxTest = 500, Replay = "11,13")]
    public void Text_comes_back_from_its_ids(NonNull<string> text)
    {
        string whole = string.Concat(text.Get.EnumerateRunes());
        Assert.Equal(whole, Tinycoder.Decode(Tinycoder.Encode(whole)));
        Assert.Equal(whole, Tinycoder.Decode(Tinycoder.EncodePlain(whole)));
    }
}
