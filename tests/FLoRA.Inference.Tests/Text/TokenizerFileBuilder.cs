using System.Text.Json.Nodes;
using FLoRA.Inference.Text;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Text;

/// <summary>
/// Writes small byte-level tokenizer folders. The vocabulary: every byte (its value is the id), then the results of
/// <see cref="Merges"/> in order, from 256 on; added tokens are up to the test.
/// </summary>
internal sealed class TokenizerFileBuilder
{
    public const string Gpt2ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""";
    public const string BareByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""";

    public string PreTokenizer { get; init; } = Gpt2ByteLevel;

    public string Decoder { get; init; } = """{"type":"ByteLevel"}""";

    public string Normalizer { get; init; } = "null";

    public string PostProcessor { get; init; } = "null";

    public string[] Merges { get; init; } = [];

    public string AddedTokens { get; init; } = "[]";

    /// <summary>Fields of the model beside vocabulary and merges.</summary>
    public string Model { get; init; } = """{"type":"BPE"}""";

    public string? Config { get; init; }

    /// <summary>Changes the finished tokenizer.json.</summary>
    public Action<JsonNode>? Change { get; init; }

    public static string Sequence(params string[] stages) => $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', stages)}}]}""";

    public static string Split(string pattern, string behavior = "Isolated", bool invert = false) =>
        new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = behavior, ["invert"] = invert }.ToJsonString();

    public Tokenizer Load()
    {
        using TemporaryFolder folder = new();
        Write(folder.Path);
        return Tokenizer.Load(folder.Path);
    }

    public void Write(string folder)
    {
        JsonNode model = JsonNode.Parse(Model)!;
        JsonObject vocabulary = [];
        foreach (char name in Enumerable.Range(0, 256).Select(value => FLoRA.Inference.Text.Tokenization.ByteAlphabet.NameOf((byte)value)))
            vocabulary[name.ToString()] = vocabulary.Count;
        foreach (string merge in Merges)
            vocabulary[merge.Replace(" ", "", StringComparison.Ordinal)] = vocabulary.Count;
        model["vocab"] = vocabulary;
        model["merges"] = new JsonArray([.. Merges.Select(merge => JsonValue.Create(merge))]);
        JsonObject root = new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = JsonNode.Parse(AddedTokens),
            ["normalizer"] = JsonNode.Parse(Normalizer),
            ["pre_tokenizer"] = JsonNode.Parse(PreTokenizer),
            ["post_processor"] = JsonNode.Parse(PostProcessor),
            ["decoder"] = JsonNode.Parse(Decoder),
            ["model"] = model,
        };
        Change?.Invoke(root);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), root.ToJsonString());
        if (Config is not null)
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), Config);
    }
}
