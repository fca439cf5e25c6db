using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Models;

/// <summary>What a configuration asks for and the engine does not do is refused by name.</summary>
public class ConfigRefusalTests
{
    public static TheoryData<string, string, string, string[]> Refusals => new()
    {
        { "llama-mha", "model_type", "\"mamba\"", ["mamba", "gpt_bigcode", "llama", "starcoder2", "qwen2", "qwen3"] },
        { "llama-mha", "model_type", "-", ["'model_type' is missing", "llama"] },
        { "llama-mha", "model_type", "3", ["'model_type' is 3", "a string"] },
        { "llama-mha", "architectures", "[\"LlamaForSequenceClassification\"]", ["LlamaForSequenceClassification", "LlamaForCausalLM"] },
        { "llama-mha", "hidden_act", "\"xielu\"", ["'hidden_act' is \"xielu\"", "silu"] },
        { "llama-mha", "hidden_size", "-", ["'hidden_size' is missing"] },
        { "llama-mha", "hidden_size", "\"48\"", ["'hidden_size' is \"48\"", "an integer"] },
        { "llama-mha", "hidden_size", "48.5", ["'hidden_size' is 48.5"] },
        { "llama-mha", "hidden_size", "99999999999999999999", ["'hidden_size' is 99999999999999999999", "131072"] },
        { "llama-mha", "hidden_size", "-48", ["'hidden_size' is -48"] },
        { "llama-mha", "num_hidden_layers", "0", ["'num_hidden_layers' is 0"] },
        { "llama-mha", "num_hidden_layers", "1000000000", ["'num_hidden_layers'", "4096"] },
        { "llama-mha", "vocab_size", "2147483647", ["'vocab_size'"] },
        { "llama-mha", "vocab_size", "-", ["'vocab_size' is missing"] },
        { "llama-mha", "intermediate_size", "[100]", ["'intermediate_size' is [100]"] },
        { "llama-mha", "max_position_embeddings", "-", ["'max_position_embeddings' is missing"] },
        { "llama-mha", "rms_norm_eps", "0", ["'rms_norm_eps' is 0", "above 0"] },
        { "llama-mha", "rms_norm_eps", "1e999", ["'rms_norm_eps'"] },
        { "llama-mha", "attention_bias", "1", ["'attention_bias' is 1", "true or false"] },
        { "llama-mha", "num_key_value_heads", "3", ["'num_key_value_heads' is 3", "divisor"] },
        { "llama-mha", "head_dim", "13", ["head dimension is 13", "even"] },
        { "llama-mha", "pretraining_tp", "2", ["'pretraining_tp' is 2"] },
        { "llama-mha", "quantization_config", "{\"bits\":4}", ["'quantization_config'", "bits"] },
        { "llama-mha", "partial_rotary_factor", "0.5", ["'partial_rotary_factor' is 0.5"] },
        { "llama-mha", "sliding_window", "128", ["'sliding_window' is 128"] },
        { "llama-mha", "num_local_experts", "8", ["'num_local_experts' is 8"] },
        { "llama-mha", "is_causal", "false", ["'is_causal' is false"] },
        { "llama-mha", "pruned_heads", "{\"0\":[1]}", ["'pruned_heads'"] },
        { "llama-mha", "eos_token_id", "\"2\"", ["'eos_token_id' is \"2\"", "a token id"] },
        { "llama-mha", "eos_token_id", "[1, -1]", ["'eos_token_id'"] },
        { "llama-mha", "bos_token_id", "\"<s>\"", ["'bos_token_id'"] },
        { "llama-mha", "layer_types", "[\"full_attention\",\"full_attention\",\"sliding_attention\"]", ["'layer_types'", "full_attention"] },
        { "gptbigcode-mqa", "add_cross_attention", "true", ["'add_cross_attention' is true"] },
        { "gptbigcode-mqa", "scale_attn_by_inverse_layer_idx", "true", ["'scale_attn_by_inverse_layer_idx' is true"] },
        { "gptbigcode-mqa", "reorder_and_upcast_attn", "true", ["'reorder_and_upcast_attn' is true"] },
        { "gptbigcode-mqa", "num_key_value_heads", "4", ["'num_key_value_heads' is 4", "multi_query"] },
        { "gptbigcode-mqa", "n_head", "5", ["'n_embd' is 48", "'n_head', 5"] },
        { "gptbigcode-mqa", "activation_function", "\"quick_gelu\"", ["quick_gelu"] },
        { "gptbigcode-mqa", "rope_theta", "10000.0", ["'rope_theta'"] },
        { "starcoder2", "num_attention_heads", "5", ["'num_attention_heads'"] },
        { "starcoder2", "num_key_value_heads", "-", ["'num_key_value_heads' is missing"] },
        { "starcoder2", "sliding_window", "0", ["'sliding_window' is 0"] },
        { "starcoder2", "norm_type", "\"rms_norm\"", ["'norm_type'"] },
        { "starcoder2", "layer_types", "[\"full_attention\",\"full_attention\",\"full_attention\"]", ["'layer_types'"] },
        { "qwen2", "num_attention_heads", "3", ["'num_key_value_heads' is 2"] },
        { "qwen2", "use_sliding_window", "true", ["'sliding_window' is missing"] },
        { "qwen2", "layer_types", "[\"full_attention\"]", ["'layer_types' has 1 entries", "3"] },
        { "qwen2", "layer_types", "[\"linear_attention\",\"full_attention\",\"full_attention\"]", ["linear_attention"] },
        { "qwen2", "layer_types", "[\"sliding_attention\",\"full_attention\",\"full_attention\"]", ["use_sliding_window"] },
        { "qwen2", "use_mrope", "true", ["'use_mrope' is true"] },
        { "qwen3", "num_experts", "128", ["'num_experts' is 128"] },
    };

    public static TheoryData<string, string[]> RopeRefusals => new()
    {
        { """{"rope_type":"dynamic","factor":2.0}""", ["dynamic", "default, linear, llama3"] },
        { """{"type":"yarn","factor":2.0}""", ["'type' is \"yarn\""] },
        { """{"rope_type":"longrope","factor":2.0}""", ["longrope"] },
        { """{"type":"su","factor":2.0}""", ["su"] },
        { """{"type":"mrope","mrope_section":[1,2]}""", ["mrope"] },
        { """{"rope_type":"default","mrope_section":[1,2]}""", ["'mrope_section'"] },
        { """{"rope_type":"linear"}""", ["'factor' is missing"] },
        { """{"rope_type":"linear","factor":0}""", ["'factor' is 0"] },
        { """{"rope_type":"linear","factor":"2"}""", ["'factor' is \"2\""] },
        { """{"rope_type":"linear","factor":2,"attention_factor":1.2}""", ["'attention_factor' is 1.2"] },
        { """{"rope_type":"linear","type":"default","factor":2}""", ["'rope_type'", "'type'"] },
        { """{"rope_type":"default","partial_rotary_factor":0.25}""", ["'partial_rotary_factor' is 0.25"] },
        { """{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""", ["'original_max_position_embeddings' is missing"] },
        { """{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":64}""", ["'high_freq_factor' is 4"] },
        { """{"full_attention":{"rope_type":"default"}}""", ["per layer type"] },
        { """[1]""", ["an object"] },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_key_is_refused_by_name(string model, string key, string json, string[] named)
    {
        using var folder = ModelFolder.Like(model, (key, json));
        AssertRefused(folder, ["config.json", .. named]);
    }

    [Theory]
    [MemberData(nameof(RopeRefusals))]
    public void Rotary_scaling_is_refused_by_name_in_both_styles(string json, string[] named)
    {
        using var older = ModelFolder.Like("llama-mha", ("rope_parameters", "-"), ("rope_theta", "10000.0"), ("rope_scaling", json));
        AssertRefused(older, ["rope_scaling", .. named]);
        using var newer = ModelFolder.Like("llama-mha", ("rope_parameters", json));
        AssertRefused(newer, ["rope_parameters", .. named]);
    }

    [Fact]
    public void Contradicting_rotary_bases_are_refused()
    {
        using var folder = ModelFolder.Like("llama-mha", ("rope_theta", "500000.0"));
        AssertRefused(folder, ["'rope_theta' is 10000", "500000"]);
    }

    [Fact]
    public void Contradicting_rotary_styles_are_refused()
    {
        using var folder = ModelFolder.Like("llama-mha", ("rope_scaling", """{"type":"linear","factor":2.0}"""));
        AssertRefused(folder, ["'rope_scaling' and 'rope_parameters'"]);
    }

    [Theory]
    [InlineData("config.json", "[]", "an object")]
    [InlineData("config.json", "{\"model_type\":\"llama\"", "not valid JSON")]
    [InlineData("config.json", "{\"model_type\":\"llama\",\"model_type\":\"qwen2\"}", "not valid JSON")]
    [InlineData("config.json", "{\"model_type\":\"\\ud800\"}", "not valid Unicode")]
    [InlineData("config.json", "{\"model_type\":\"llama\",\"\\udc00\":1}", "not valid Unicode")]
    [InlineData("config.json", "", "not valid JSON")]
    [InlineData("generation_config.json", "nothing", "not valid JSON")]
    [InlineData("generation_config.json", "{\"eos_token_id\":-2}", "'eos_token_id' is -2")]
    public void Bad_files_are_refused(string name, string text, string named)
    {
        using var folder = ModelFolder.Like("llama-mha");
        folder.Write(name, text);
        AssertRefused(folder, [name, named]);
    }

    [Fact]
    public void Missing_folder_and_missing_file_are_refused()
    {
        using var folder = ModelFolder.Like("llama-mha");
        File.Delete(folder.PathOf("config.json"));
        AssertRefused(folder, ["config.json is missing"]);
        var absent = Assert.Throws<ModelLoadException>(() => ModelConfigReader.Read(folder.PathOf("absent")));
        Assert.Contains("there is no such folder", absent.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(ModelFolder folder, IEnumerable<string> named)
    {
        var exception = Assert.Throws<ModelLoadException>(() => ModelConfigReader.Read(folder.Path));
        Assert.All(named.Append(folder.Path), n => Assert.Contains(n, exception.Message, StringComparison.Ordinal));
    }
}
