using System.Text.Json;
using FLoRA.Inference.Text;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Text;

/// <summary>Equal to the reference, token for token.</summary>
public sealed class TokenizerParityTests
{
    [Theory]
    [InlineData("starcoder", 195)]
    [InlineData("starcoder2", 195)]
    [InlineData("whisper", 150)]
    [InlineData("llama", 195)]
    public void Published_tokenizers_encode_and_decode_as_the_reference(string name, int count)
    {
        string folder = TextData.Published(name);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        Check(Path.Combine(folder, "cases.json"), tokenizer, tokenizer.Encode, count);
    }

    public static TheoryData<string> Layouts => [.. Directory.GetDirectories(TextData.Layouts).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>Small vocabularies in every published layout, with the ids of tokenizers and sentencepiece.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_layout_encodes_and_decodes_as_the_reference(string name)
    {
        string folder = Path.Combine(TextData.Layouts, name);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        Check(Path.Combine(folder, "cases.json"), tokenizer, tokenizer.Encode, 80);
    }

    [Theory]
    [InlineData("starcoder")]
    [InlineData("starcoder2")]
    [InlineData("whisper")]
    public void Special_tokens_can_be_taken_as_plain_text(string name)
    {
        string folder = TextData.Published(name);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        Check(Path.Combine(folder, "cases_plain_special.json"), tokenizer, tokenizer.EncodePlain, 1);
    }

    [Theory]
    [InlineData("cases.json", "cases")]
    [InlineData("mixed.json", "requests")]
    public void The_embedded_model_gets_its_prompts_as_it_was_trained(string file, string list)
    {
        Tokenizer tokenizer = TextData.LoadTinycoder();
        JsonElement[] cases = [.. TextData.Json(Path.Combine(TextData.Tinycoder, file)).GetProperty(list).EnumerateArray()];
        Assert.NotEmpty(cases);
        Assert.All(cases, @case => Assert.Equal(@case.GetProperty("tokens").Ints(), tokenizer.Encode(@case.GetProperty("prompt").GetString()!)));
    }

    /// <summary>A trained Llama in the layout of published ones: byte fallback, a begin token, the space before a text.</summary>
    [Fact]
    public void A_published_llama_gets_its_prompts_and_gives_its_texts()
    {
        Tokenizer tokenizer = Tokenizer.Load(RepositoryData.ThirdParty("models", "aidreams-260k"));
        JsonElement[] cases = [.. TextData.Json(RepositoryData.ThirdParty("models", "aidreams-260k", "cases.json")).GetProperty("cases").EnumerateArray()];
        Assert.NotEmpty(cases);
        Assert.All(cases, @case =>
        {
            int[] tokens = @case.GetProperty("tokens").Ints(), greedy = @case.GetProperty("greedy").Ints();
            Assert.Equal(tokens, tokenizer.PromptStart.Concat(tokenizer.Encode(@case.GetProperty("prompt").GetString()!)));
            Assert.Equal(@case.GetProperty("text").GetString(), tokenizer.Decode(greedy));
            TokenDecoder goesOn = new(tokenizer, startsText: tokens.Length == 1);
            Assert.Equal(@case.GetProperty("full_text").GetString(), tokenizer.Decode(tokens.Skip(1)) + string.Concat(greedy.Where(id => id > 2).Select(goesOn.Next)));
        });
    }

    private static void Check(string path, Tokenizer tokenizer, Func<string, IReadOnlyList<int>> encode, int atLeast)
    {
        JsonElement[] cases = [.. TextData.Json(path).EnumerateArray()];
        Assert.True(cases.Length >= atLeast, $"{cases.Length} cases");
        Assert.All(cases, @case =>
        {
            Assert.Equal(@case.GetProperty("ids").Ints(), encode(@case.GetProperty("text").GetString()!));
            int[] ids = @case.GetProperty("ids").Ints();
            Assert.Equal(@case.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            TokenDecoder stream = new(tokenizer);
            Assert.Equal(@case.GetProperty("decoded").GetString(), string.Concat(ids.Select(stream.Next)) + stream.Flush());
        });
    }
}
