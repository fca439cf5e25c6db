using System.Text.Json.Nodes;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.Inference.Text;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>Special tokens from folders of all ages.</summary>
public sealed class SpeechVocabularyTests
{
    [Fact]
    public void The_embedded_model_says_everything_in_its_generation_config()
    {
        SpeechVocabulary vocabulary = SpeechData.Vocabulary;

        Assert.True(vocabulary.IsMultilingual);
        Assert.Equal((600, 601, 614, 616, 617), (vocabulary.EndToken, vocabulary.StartToken, vocabulary.PreviousToken, vocabulary.NoTimestampsToken, vocabulary.TimestampBegin));
        Assert.Equal((612, 611, 615), (vocabulary.TranscribeToken, vocabulary.TranslateToken, vocabulary.NoSpeechToken));
        Assert.Equal(["en", "es", "de", "cs", "lt", "hi", "ar", "mr", "kk"], vocabulary.Languages.Select(language => language.Code));
        Assert.Equal(Enumerable.Range(601, 15), vocabulary.SuppressTokens);
        Assert.Equal([220, 600], vocabulary.BeginSuppressTokens);
        Assert.Equal((50, 4, (1, 3)), (vocabulary.MaxInitialTimestampIndex, vocabulary.AlignmentHeads!.Count, vocabulary.AlignmentHeads[3]));
    }

    [Theory]
    [InlineData("whisper-tiny-random", "fr")]
    [InlineData("whisper-short-random", "ar")]
    public void The_golden_models_load(string name, string language)
    {
        string folder = RepositoryData.ThirdParty("golden", name, "model");

        SpeechVocabulary vocabulary = SpeechVocabularyReader.Read(folder, Tokenizer.Load(folder));

        Assert.Equal((256, 257, 265, 266, 267), (vocabulary.EndToken, vocabulary.StartToken, vocabulary.PreviousToken, vocabulary.NoSpeechToken, vocabulary.NoTimestampsToken));
        Assert.NotNull(vocabulary.Find(language.ToUpperInvariant()));
        JsonNode listed = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "generation_config.json")))!["suppress_tokens"]!;
        Assert.Equal(listed.AsArray().Select(token => token!.GetValue<int>()), vocabulary.SuppressTokens);
    }

    [Fact]
    public void A_folder_of_2022_is_read_from_its_config_and_the_names_of_its_tokens()
    {
        SpeechVocabulary expected = SpeechData.Vocabulary with { AlignmentHeads = null };

        SpeechVocabulary vocabulary = Read(config => config["suppress_tokens"] = new JsonArray(601, 602, 603, 604, 605, 606, 607, 608, 609, 610), generation: null);

        Assert.Equal(expected.Languages, vocabulary.Languages);
        Assert.Equal(expected.SuppressTokens, vocabulary.SuppressTokens);
        Assert.Equal(expected.BeginSuppressTokens, vocabulary.BeginSuppressTokens);
        Assert.Equivalent(expected, vocabulary, strict: true);
    }

    [Fact]
    public void What_nothing_lists_is_made_from_the_tokenizer()
    {
        SpeechVocabulary vocabulary = Read(
            config =>
            {
                foreach (string key in new[] { "begin_suppress_tokens", "suppress_tokens", "decoder_start_token_id", "eos_token_id" })
                    config.Remove(key);
            },
            generation: null);

        Assert.Equal([220, 600], vocabulary.BeginSuppressTokens);
        Assert.Equal([601, 611, 612, 613, 614, 615], vocabulary.SuppressTokens);
        Assert.Equal((600, 601), (vocabulary.EndToken, vocabulary.StartToken));
    }

    [Theory]
    [InlineData(51864, false)]
    [InlineData(51865, true)]
    [InlineData(51866, true)]
    public void The_size_of_a_published_vocabulary_tells_english_only_models(int size, bool multilingual)
    {
        SpeechVocabulary vocabulary = Read(config => config["vocab_size"] = size, generation: null);

        Assert.Equal(multilingual, vocabulary.IsMultilingual);
        Assert.Equal(multilingual, vocabulary.Languages.Count > 0);
        Assert.Equal(multilingual ? 612 : null, vocabulary.TokenOf(SpeechTask.Transcribe));
    }

    [Fact]
    public void The_folders_own_word_on_languages_wins() =>
        Assert.False(Read(_ => { }, generation => generation["is_multilingual"] = false).IsMultilingual);

    [Fact]
    public void A_published_tokenizer_of_99_languages_is_known_by_its_names()
    {
        string tokenizer = RepositoryData.ThirdParty("tokenizers", "whisper");
        using TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """{"vocab_size":51865}""");

        SpeechVocabulary vocabulary = SpeechVocabularyReader.Read(folder.Path, Tokenizer.Load(tokenizer));

        Assert.Equal((50257, 50258, 50361, 50362, 50363, 50364), (vocabulary.EndToken, vocabulary.StartToken, vocabulary.PreviousToken, vocabulary.NoSpeechToken, vocabulary.NoTimestampsToken, vocabulary.TimestampBegin));
        Assert.Equal((99, 50259, 50357), (vocabulary.Languages.Count, vocabulary.Languages[0].Token, vocabulary.Languages[^1].Token));
        Assert.Equal([220, 50257], vocabulary.BeginSuppressTokens);
    }

    [Theory]
    [InlineData("lang_to_id", """{"<|en|>":"x"}""", "'<|en|>' is \"x\"; expected an integer")]
    [InlineData("suppress_tokens", "[-1]", "'suppress_tokens' is [-1]; expected a token id")]
    [InlineData("alignment_heads", "[[2,0]]", "expected a list of [layer, head] below [2, 4]")]
    [InlineData("alignment_heads", "[[0]]", "expected a list of [layer, head]")]
    public void Malformed_values_are_refused_by_name(string key, string value, string message)
    {
        ModelLoadException refusal = Assert.Throws<ModelLoadException>(() => Read(_ => { }, generation => generation[key] = JsonNode.Parse(value)));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_without_whispers_tokens_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """{"vocab_size":1536}""");
        string tinycoder = Path.Combine(RepositoryData.TinyCoder, "model");

        ModelLoadException refusal = Assert.Throws<ModelLoadException>(() => SpeechVocabularyReader.Read(folder.Path, Tokenizer.Load(tinycoder)));

        Assert.Contains("<|startoftranscript|>", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The embedded model's folder with changed files; null: without generation_config.json.</summary>
    private static SpeechVocabulary Read(Action<JsonObject> changeConfig, Action<JsonObject>? generation)
    {
        using TemporaryFolder folder = new();
        Write("config.json", changeConfig);
        if (generation is not null)
            Write("generation_config.json", generation);
        return SpeechVocabularyReader.Read(folder.Path, SpeechData.Tokenizer);

        void Write(string name, Action<JsonObject> change)
        {
            JsonObject content = JsonNode.Parse(File.ReadAllText(Path.Combine(SpeechData.Folder, name)))!.AsObject();
            change(content);
            File.WriteAllText(Path.Combine(folder.Path, name), content.ToJsonString());
        }
    }
}
