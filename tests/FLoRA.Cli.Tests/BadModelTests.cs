using System.Text.Json.Nodes;

namespace FLoRA.Cli.Tests;

/// <summary>A model folder whose parts do not agree, or that asks for what the engine does not do: exit code 2 and a message that tells.</summary>
public sealed class BadModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flora-bad-model-");

    public static TheoryData<string, string, string, string[]> Mismatches => new()
    {
        // golden model, key, value, parts of the message
        { "llama-mha", "vocab_size", "264", ["'model.embed_tokens.weight' has shape [263, 48]; expected [264, 48]", "'lm_head.weight'"] },
        { "llama-mha", "num_hidden_layers", "4", ["'model.layers.3.self_attn.q_proj.weight' [48, 48] is missing"] },
        { "llama-mha", "num_hidden_layers", "2", ["'model.layers.2.mlp.down_proj.weight' is not one of this model's"] },
        { "llama-mha", "attention_bias", "true", ["'model.layers.0.self_attn.q_proj.bias' [48] is missing"] },
        { "llama-mha", "head_dim", "16", ["'model.layers.0.self_attn.o_proj.weight' has shape [48, 48]; expected [48, 64]"] },
        { "llama-gqa-rope3", "num_key_value_heads", "4", ["k_proj.weight' has shape [32, 48]; expected [64, 48]"] },
        { "gptbigcode-mqa", "multi_query", "false", ["'num_key_value_heads' is 1"] },
        { "gptbigcode-mqa", "n_positions", "128", ["'transformer.wpe.weight' has shape [256, 48]; expected [128, 48]"] },
        { "starcoder2", "use_bias", "false", ["bias' is not one of this model's"] },
        { "qwen3", "model_type", "\"qwen2\"", ["Qwen3ForCausalLM"] },
    };

    public static MatrixTheoryData<string, string, string> UnsupportedRotary => new(
        ["llama-mha", "starcoder2", "qwen2", "qwen3"], ["dynamic", "longrope", "yarn", "su", "mrope", "ntk"], ["rope_scaling", "rope_parameters"]);

    [Theory, MemberData(nameof(Mismatches))]
    public async Task Weights_that_do_not_match_the_configuration(string model, string key, string json, string[] parts)
    {
        CopyModel(model, withWeights: true, config => config[key] = JsonNode.Parse(json));
        (await ScoreAsync()).AssertRefused([_folder.FullName, .. parts]);
    }

    [Theory, MemberData(nameof(UnsupportedRotary))]
    public async Task Rotary_scaling_is_refused_by_name_before_weights_are_looked_for(string model, string type, string style)
    {
        CopyModel(model, withWeights: false, config =>
        {
            config.Remove("rope_parameters");
            config.Remove("rope_scaling");
            config[style] = new JsonObject { ["rope_type"] = type, ["factor"] = 2.0, ["rope_theta"] = 10000.0 };
        });
        (await ScoreAsync()).AssertRefused("config.json", style, $"'rope_type' is \"{type}\"", "default, linear, llama3");
    }

    [Fact]
    public async Task Weights_that_are_missing_or_cut_off()
    {
        CopyModel("llama-mha", withWeights: true, _ => { });
        string weights = Path.Combine(_folder.FullName, "model.safetensors");
        using (FileStream file = new(weights, FileMode.Open))
            file.SetLength(file.Length - 4);
        (await ScoreAsync()).AssertRefused("model.safetensors", "truncated");
        File.Delete(weights);
        (await ScoreAsync()).AssertRefused(_folder.FullName, "model.safetensors");
    }

    [Fact]
    public async Task A_shard_that_is_missing()
    {
        CopyModel("llama-gqa-rope3", withWeights: true, _ => { });
        string shard = Directory.GetFiles(_folder.FullName, "*-of-*.safetensors").Order(StringComparer.Ordinal).Last();
        File.Delete(shard);
        (await ScoreAsync()).AssertRefused(Path.GetFileName(shard));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void CopyModel(string model, bool withWeights, Action<JsonObject> change)
    {
        string source = Path.Combine(FloraRun.TestData, model, "model");
        foreach (string file in Directory.GetFiles(source).Where(f => withWeights || !f.Contains(".safetensors", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        string path = Path.Combine(_folder.FullName, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    private Task<FloraRun> ScoreAsync() =>
        FloraRun.WithInputAsync("{\"id\":\"a\",\"tokens\":[1,2]}\n", "score", "--model", _folder.FullName, "--requests", "-", "--threads", "1");
}
