using System.Text.Json;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.Inference.Text;
using FLoRA.Inference.Text.Tokenization;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Text;

/// <summary>vocab.json and merges.txt where a folder has no tokenizer.json.</summary>
public sealed class VocabularyFilesTests
{
    private static readonly string[] Others = ["vocab.json", "merges.txt", "tokenizer_config.json", "config.json", "generation_config.json"];

    [Theory]
    [InlineData("cases.json")]
    [InlineData("cases_plain_special.json")]
    public void The_published_whisper_vocabulary_encodes_and_decodes_as_the_reference(string cases)
    {
        string published = TextData.Published("whisper");
        Tokenizer tokenizer = WithoutTokenizerJson(published), whole = Tokenizer.Load(published);
        JsonElement[] all = [.. TextData.Json(Path.Combine(published, cases)).EnumerateArray()];
        Assert.NotEmpty(all);
        Assert.All(all, @case =>
        {
            string text = @case.GetProperty("text").GetString()!;
            Assert.Equal(@case.GetProperty("ids").Ints(), cases.Contains("plain", StringComparison.Ordinal) ? tokenizer.EncodePlain(text) : tokenizer.Encode(text));
            Assert.Equal(@case.GetProperty("decoded").GetString(), tokenizer.Decode(@case.GetProperty("ids").Ints()));
        });
        CheckSame(whole, tokenizer);
        Assert.Equal((51865, 50364, 51864), (tokenizer.VocabularySize, tokenizer.IdOf("<|0.00|>"), tokenizer.IdOf("<|30.00|>")));
    }

    [Theory]
    [InlineData("models/tinywhisper/model")]
    [InlineData("tests/data/whisper-tiny-random/model")]
    [InlineData("tests/data/whisper-short-random/model")]
    public void Models_of_the_repository_have_the_same_tokens_and_special_ids(string model)
    {
        string folder = Path.Combine(RepositoryData.Root, model);
        Tokenizer tokenizer = WithoutTokenizerJson(folder), whole = Tokenizer.Load(folder);
        CheckSame(whole, tokenizer);
        Assert.Equivalent(SpeechVocabularyReader.Read(folder, whole), SpeechVocabularyReader.Read(folder, tokenizer), strict: true);
    }

    [Fact]
    public void A_vocabulary_made_by_hand_merges_the_best_pair_first_and_knows_its_special_tokens()
    {
        using TemporaryFolder folder = new();
        Write(folder, ["h e", "l l", "he ll", "hell o", "Ġ h", "# #"]);
        WriteText(folder, "added_tokens.json", """{"<x>":300}""");
        WriteText(folder, "special_tokens_map.json", """{"eos_token":{"content":"hello","rstrip":true},"pad_token":"<x>"}""");

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        Assert.True(Tokenizer.IsPresent(folder.Path));
        Assert.Equal([258, 'X', 300, 260, 261], tokenizer.Encode("hellX<x> h##"));
        Assert.Equal([259, 'X'], tokenizer.Encode("hello  X")); // a special token, with the spaces behind it
        Assert.Equal([259, ' ', ' ', 'X'], tokenizer.EncodePlain("hello  X"));
        Assert.Equal("hello<x> h##", tokenizer.Decode([259, 300, 260, 261]));
        Assert.Equal(("<|endoftext|>", "hello", 301), (tokenizer.BosToken, tokenizer.EosToken, tokenizer.VocabularySize));
        Assert.Empty(tokenizer.PromptStart);
    }

    [Theory]
    [InlineData(256 + 1 + 1 + 99 + 6 + 1501, "<|su|>", null)]
    [InlineData(256 + 1 + 1 + 100 + 6 + 1501, "<|yue|>", null)]
    [InlineData(900, null, "vocab_size 900 leaves -865 ids for languages")]
    public void The_size_of_a_whisper_model_tells_its_languages(int size, string? last, string? refusal)
    {
        using TemporaryFolder folder = new();
        Write(folder, []);
        WriteText(folder, "config.json", $$"""{"model_type":"whisper","vocab_size":{{size}}}""");
        if (refusal is not null)
        {
            Assert.Contains(refusal, Refusal(folder), StringComparison.Ordinal);
            return;
        }

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal((size, tokenizer.IdOf(last!) + 1, tokenizer.IdOf("<|notimestamps|>") + 1), (tokenizer.VocabularySize, tokenizer.IdOf("<|translate|>"), tokenizer.IdOf("<|0.00|>")));
        Assert.Equal((256, 257, 258), (tokenizer.IdOf("<|endoftext|>"), tokenizer.IdOf("<|startoftranscript|>"), tokenizer.IdOf("<|en|>")));
    }

    [Fact]
    public void Special_tokens_that_are_listed_get_only_the_times_that_are_not()
    {
        using TemporaryFolder folder = new();
        Write(folder, []);
        WriteText(folder, "tokenizer_config.json", """{"tokenizer_class":"WhisperTokenizer"}""");
        WriteText(folder, "added_tokens.json", """{"<|startoftranscript|>":300,"<|notimestamps|>":301}""");
        WriteText(folder, "config.json", """{"vocab_size":304}""");

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        Assert.Equal((302, 303, null, null), (tokenizer.IdOf("<|0.00|>"), tokenizer.IdOf("<|0.02|>"), tokenizer.IdOf("<|0.04|>"), tokenizer.IdOf("<|en|>")));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"tokenizer_class":"Qwen2Tokenizer"}""", "Qwen2Tokenizer does not cut text as GPT-2 does")]
    [InlineData("config.json", """{"model_type":"roberta"}""", "model_type roberta does not cut text as GPT-2 does")]
    [InlineData("merges.txt", "#version: 0.2\na b\nab\n", "merges.txt: line 3 is 'ab'")]
    [InlineData("merges.txt", "a b\n", "'ab'")]
    [InlineData("vocab.json", """{"a":1,"b":1}""", "id 1 twice")]
    [InlineData("vocab.json", "[]", "vocab.json is Array")]
    [InlineData("added_tokens.json", """{"<x>":-1}""", "'<x>' in added_tokens.json")]
    [InlineData("added_tokens.json", "{", "added_tokens.json is no JSON")]
    [InlineData("special_tokens_map.json", """{"eos_token":3}""", "Number")]
    [InlineData("generation_config.json", """{"lang_to_id":{"<|en|>":258,"<|de|>":260}}""", "<|de|> the id 260, expected 259")]
    [InlineData("generation_config.json", """{"no_timestamps_token_id":400}""", "no_timestamps_token_id 400, but by its place behind the vocabulary it is 362")]
    public void What_is_wrong_is_named(string file, string content, string message)
    {
        using TemporaryFolder folder = new();
        Write(folder, []);
        WriteText(folder, "tokenizer_config.json", """{"tokenizer_class":"WhisperTokenizer"}""");
        if (file == "config.json")
            File.Delete(folder.File("tokenizer_config.json"));
        WriteText(folder, file, content);
        Assert.Contains(message, Refusal(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", "merges.txt but no vocab.json")]
    [InlineData("merges.txt", "vocab.json but no merges.txt")]
    public void Half_of_the_pair_is_not_enough(string missing, string message)
    {
        using TemporaryFolder folder = new();
        Write(folder, []);
        File.Delete(folder.File(missing));
        Assert.False(Tokenizer.IsPresent(folder.Path));
        Assert.Contains(message, Refusal(folder), StringComparison.Ordinal);
    }

    private static void WriteText(TemporaryFolder folder, string name, string text) => File.WriteAllText(folder.File(name), text);

    private static string Refusal(TemporaryFolder folder) => Assert.Throws<ModelLoadException>(() => Tokenizer.Load(folder.Path)).Message;

    /// <summary>Every byte (its value is the id), then the results of the merges.</summary>
    private static void Write(TemporaryFolder folder, string[] merges)
    {
        string[] tokens = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.NameOf((byte)value).ToString()), .. merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))];
        WriteText(folder, "vocab.json", JsonSerializer.Serialize(tokens.Index().ToDictionary(token => token.Item, token => token.Index)));
        WriteText(folder, "merges.txt", string.Join('\n', ["#version: 0.2", .. merges]) + "\n");
    }

    private static Tokenizer WithoutTokenizerJson(string folder)
    {
        using TemporaryFolder copy = new();
        foreach (string name in Others.Where(name => File.Exists(Path.Combine(folder, name))))
            File.Copy(Path.Combine(folder, name), copy.File(name));
        return Tokenizer.Load(copy.Path);
    }

    private static void CheckSame(Tokenizer expected, Tokenizer tokenizer)
    {
        Assert.Equal(expected.VocabularySize, tokenizer.VocabularySize);
        for (int id = 0; id < expected.VocabularySize; id++)
        {
            string name = expected.Decode([id]);
            Assert.Equal(name, tokenizer.Decode([id]));
            Assert.Equal(expected.IdOf(name), tokenizer.IdOf(name));
        }
    }
}
