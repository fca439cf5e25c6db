using System.Text.Json.Nodes;
using FLoRA.Inference.Text;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Text;

public sealed class TokenizerFileTests
{
    private const string Begin = """{"id":300,"content":"<s>","special":true}""";

    private const string Llama3Template = """
        {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
         "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[300],"tokens":["<s>"]}}}]}
        """;

    [Fact]
    public void A_folder_without_a_tokenizer_says_so()
    {
        using TemporaryFolder folder = new();
        Assert.False(Tokenizer.IsPresent(folder.Path));
        Assert.Contains("it has no tokenizer.json", Refusal(() => Tokenizer.Load(folder.Path)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "tokenizer.json")]
    [InlineData("[]", "Object")]
    [InlineData("{}", "'model' is missing")]
    [InlineData("""{"model":3}""", "'model' is Number")]
    public void A_broken_file_is_refused(string json, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("tokenizer.json"), json);
        Assert.Contains(message, Refusal(() => Tokenizer.Load(folder.Path)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pre_tokenizer", """{"type":"Metaspace"}""", "'replacement' is missing")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "replacement '__'")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""", "prepend_scheme 'last'")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"Metaspace","replacement":"_"}]}""", "pre-tokenizer Metaspace is not supported here")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Punctuation"},{"type":"ByteLevel","add_prefix_space":false}]}""", "pre-tokenizer Punctuation")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]}""", "add_prefix_space behind")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?<=a)\\h"},"behavior":"Isolated"},{"type":"ByteLevel","add_prefix_space":false}]}""", @"\h")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":"a"},"behavior":"Sideways"},{"type":"ByteLevel","add_prefix_space":false}]}""", "behavior 'Sideways'")]
    [InlineData("normalizer", """{"type":"Lowercase"}""", "normalizer Lowercase")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":" "},"content":"0123456789012345678901234567890123456789012345678901234567890123456789"}""", "Replace writes 70 characters")]
    [InlineData("decoder", "null", "decoder is none")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "decoder is WordPiece")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace"}]}""", "decoder is Fuse + Replace")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"_","start":1,"stop":0}]}""", "Strip of '_'")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":""},"content":"a"},{"type":"Fuse"}]}""", "Replace of ''")]
    [InlineData("post_processor", """{"type":"BertProcessing"}""", "post-processor BertProcessing")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"</s>"}}],"special_tokens":{}}""", "'</s>' behind the text")]
    [InlineData("added_tokens", """[{"id":-4,"content":"x"}]""", "-4")]
    [InlineData("added_tokens", """[{"id":4,"content":""}]""", "added token 4 is empty")]
    [InlineData("added_tokens", """[{"id":300,"content":"x"},{"id":300,"content":"y"}]""", "id 300 is both")]
    [InlineData("added_tokens", """[{"id":300,"content":"x"},{"id":301,"content":"x"}]""", "300 and 301")]
    public void What_is_not_supported_is_refused_by_name(string field, string json, string message) =>
        Assert.Contains(message, Refusal(() => new TokenizerFileBuilder { Change = root => root[field] = JsonNode.Parse(json) }.Load()), StringComparison.Ordinal);

    [Theory]
    [InlineData("type", "\"WordPiece\"", "model is WordPiece")]
    [InlineData("type", "\"Unigram\"", "Unigram model behind ByteLevel")]
    [InlineData("byte_fallback", "true", "byte_fallback together with ByteLevel")]
    [InlineData("vocab", "{}", "vocabulary is empty")]
    [InlineData("vocab", """{"a":16000000}""", "highest id is 16000000")]
    [InlineData("dropout", "0.1", "dropout 0.1")]
    [InlineData("end_of_word_suffix", "\"</w>\"", "end_of_word_suffix '</w>'")]
    [InlineData("ignore_merges", "\"yes\"", "'ignore_merges' is String")]
    [InlineData("merges", "[\"a\"]", "merge 0 is a")]
    [InlineData("merges", "[[\"a\",\"zz\"]]", "'zz'")]
    [InlineData("merges", "[\"a b\"]", "'ab'")]
    [InlineData("vocab", """{"a":1,"b":1}""", "id 1 twice")]
    [InlineData("vocab", """{"a":1e30}""", "the token 'a'")]
    public void What_a_model_asks_for_and_is_not_done_is_refused_by_name(string field, string json, string message) =>
        Assert.Contains(message, Refusal(() => new TokenizerFileBuilder { Change = root => root["model"]![field] = JsonNode.Parse(json) }.Load()), StringComparison.Ordinal);

    [Fact]
    public void The_configuration_names_begin_and_end_and_template()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder { Config = """{"bos_token":"<s>","eos_token":{"content":"</s>"},"chat_template":[{"name":"tool","template":"a"},{"name":"default","template":"b"}]}""" }.Load();
        Assert.Equal("<s>", tokenizer.BosToken);
        Assert.Equal("</s>", tokenizer.EosToken);
        Assert.Equal("b", tokenizer.ChatTemplate);
    }

    [Fact]
    public void Added_tokens_of_the_configuration_count_too()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder { Config = """{"added_tokens_decoder":{"300":{"content":"<x>"}}}""" }.Load();
        Assert.Equal(300, tokenizer.IdOf("<x>"));
        Assert.Equal([65, 300], tokenizer.Encode("A<x>"));
        Assert.Equal(301, tokenizer.VocabularySize);
        Assert.Contains("with gaps", Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([280])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, new[] { 300 })]
    [InlineData("""{"add_bos_token":false}""", new int[0])]
    [InlineData("""{"add_bos_token":true,"bos_token":"<s>"}""", new[] { 300 })]
    public void A_prompt_begins_as_the_model_expects(string? config, int[] start) =>
        Assert.Equal(start, new TokenizerFileBuilder { PostProcessor = Llama3Template, AddedTokens = $"[{Begin}]", Config = config }.Load().PromptStart);

    [Theory]
    [InlineData("""{"add_bos_token":true}""", "no bos_token")]
    [InlineData("""{"add_bos_token":true,"bos_token":"<t>"}""", "'<t>'")]
    [InlineData("""{"add_eos_token":true}""", "add_eos_token")]
    public void A_begin_that_is_not_there_is_refused(string config, string message) =>
        Assert.Contains(message, Refusal(() => new TokenizerFileBuilder { Config = config }.Load()), StringComparison.Ordinal);

    private static string Refusal(Action load) => Assert.Throws<ModelLoadException>(load).Message;
}
