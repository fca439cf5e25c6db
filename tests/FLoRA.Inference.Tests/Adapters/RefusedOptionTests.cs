using System.Text.Json.Nodes;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>An option that would change the result is refused by name; one that is switched off, or cannot change it, is not.</summary>
public sealed class RefusedOptionTests : IDisposable
{
    private const string Model = "llama-mha";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bias", "\"all\"")]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("lora_bias", "true")]
    [InlineData("use_dora", "true")]
    [InlineData("use_qalora", "true")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("modules_to_save", "[\"lm_head\"]")]
    [InlineData("alora_invocation_tokens", "[1, 2]")]
    [InlineData("layer_replication", "[[0, 2], [1, 2]]")]
    [InlineData("trainable_token_indices", "[5]")]
    [InlineData("target_parameters", "[\"mlp.experts.gate_up_proj\"]")]
    [InlineData("megatron_config", "{\"a\": 1}")]
    [InlineData("arrow_config", "{\"top_k\": 3}")]
    [InlineData("kasa_config", "{\"beta\": 0.1}")]
    [InlineData("monteclora_config", "{\"num_samples\": 8}")]
    [InlineData("use_bdlora", "{\"nblocks\": 2}")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("init_lora_weights", "\"pissa_niter_4\"")]
    [InlineData("init_lora_weights", "\"olora\"")]
    [InlineData("init_lora_weights", "\"loftq\"")]
    [InlineData("init_lora_weights", "\"corda\"")]
    [InlineData("init_lora_weights", "\"mica\"")]
    [InlineData("reduction", "\"mean\"")]
    [InlineData("feedforward_modules", "[\"down_proj\"]")]
    [InlineData("an_option_of_tomorrow", "0.5")]
    [InlineData("an_option_of_tomorrow", "\"on\"")]
    [InlineData("an_option_of_tomorrow", "{\"on\": false}")]
    public void IsRefusedByName(string option, string json) => Assert.Contains(Refused("lora-r4", (option, json)), p => p.Contains($"option '{option}' is {json}", StringComparison.Ordinal));

    [Theory]
    [InlineData("an_option_of_tomorrow", "null")]
    [InlineData("an_option_of_tomorrow", "false")]
    [InlineData("an_option_of_tomorrow", "0")]
    [InlineData("an_option_of_tomorrow", "0.0")]
    [InlineData("an_option_of_tomorrow", "\"\"")]
    [InlineData("an_option_of_tomorrow", "[]")]
    [InlineData("an_option_of_tomorrow", "{}")]
    [InlineData("bias", "\"none\"")]
    [InlineData("lora_dropout", "0.1")]
    [InlineData("auto_mapping", "{\"base_model_class\": \"LlamaForCausalLM\"}")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("init_lora_weights", "true")]
    [InlineData("eva_config", "{\"rho\": 2.0}")]
    [InlineData("rank_pattern", "null")]
    [InlineData("peft_version", "\"0.99.0\"")]
    [InlineData("layers_to_transform", "[]")]
    [InlineData("layers_pattern", "\"layers\"")]
    public void IsHarmless(string option, string json) => Assert.NotEmpty(Load("lora-r4", (option, json)).Modules);

    [Theory]
    [InlineData("r", "-", "r is missing")]
    [InlineData("r", "\"4\"", "r is \"4\"; expected an integer of at least 1")]
    [InlineData("r", "4.5", "r is 4.5; expected an integer")]
    [InlineData("r", "99999999999", "r is 99999999999; expected an integer")]
    [InlineData("lora_alpha", "-", "lora_alpha is missing")]
    [InlineData("lora_alpha", "1e999", "lora_alpha is 1e999; expected a number")]
    [InlineData("lora_alpha", "1e300", "is not finite in float32")]
    [InlineData("use_rslora", "1", "use_rslora is 1; expected true or false")]
    [InlineData("rank_pattern", "[1]", "rank_pattern is [1]; expected an object")]
    [InlineData("rank_pattern", "{\"q_proj\": 0}", "rank_pattern 'q_proj' is 0; expected an integer of at least 1")]
    [InlineData("rank_pattern", "{\"(q_proj\": 4}", "rank_pattern '(q_proj' is not a regular expression")]
    [InlineData("rank_pattern", "{\"a)|(b\": 4}", "rank_pattern 'a)|(b' is not a regular expression")]
    [InlineData("alpha_pattern", "{\"q_proj\": \"x\"}", "alpha_pattern 'q_proj' is \"x\"; expected a number")]
    [InlineData("target_modules", "null", "target_modules is missing or empty")]
    [InlineData("target_modules", "[]", "target_modules is missing or empty")]
    [InlineData("target_modules", "[1]", "target_modules is [1]; expected a list of module names or a regular expression")]
    [InlineData("target_modules", "\"(\"", "target_modules '(' is not a regular expression")]
    [InlineData("target_modules", "[\"q_proj\", \"lm_head\"]", "'lm_head' matches no linear layer (adapters on embeddings and heads are not supported)")]
    [InlineData("exclude_modules", "7", "exclude_modules is 7; expected a list")]
    [InlineData("layers_to_transform", "\"first\"", "layers_to_transform is \"first\"; expected a layer number")]
    [InlineData("layers_to_transform", "[-1]", "layers_to_transform is [-1]; expected a layer number")]
    [InlineData("peft_type", "7", "peft_type 7 is not supported")]
    [InlineData("peft_type", "-", "peft_type is missing")]
    [InlineData("peft_type", "\"ADALORA\"", "peft_type \"ADALORA\" is not supported")]
    [InlineData("task_type", "\"\\ud800\"", "not valid Unicode")]
    public void AWrongValueIsNamed(string option, string json, string telling) => Assert.Contains(Refused("lora-r4", (option, json)), p => p.Contains(telling, StringComparison.Ordinal));

    [Fact]
    public void AnIa3AdapterNamesItsFeedForwardModules() => Assert.Contains("feedforward_modules is missing", Assert.Single(Refused("ia3", ("feedforward_modules", "null"))), StringComparison.Ordinal);

    [Fact]
    public void AKeyGivenTwiceIsRefused()
    {
        var folder = GoldenAdapters.CopyWithConfig(_folder, Model, "lora-r4", c => c.Replace("{", "{ \"r\": 4,", StringComparison.Ordinal));
        var error = Assert.Throws<AdapterLoadException>(() => AdapterLoader.Load(folder, GoldenAdapters.Blueprint(Model)));
        Assert.Contains("adapter_config.json is not valid JSON", error.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Refused(string adapter, params (string Key, string Json)[] changes) =>
        Assert.Throws<AdapterLoadException>(() => Load(adapter, changes)).Problems;

    private Adapter Load(string adapter, params (string Key, string Json)[] changes) =>
        AdapterLoader.Load(GoldenAdapters.CopyWithConfig(_folder, Model, adapter, c => Changed(c, changes)), GoldenAdapters.Blueprint(Model));

    /// <summary>Text, not nodes: some values are ones that a JSON writer would refuse.</summary>
    private static string Changed(string config, (string Key, string Json)[] changes)
    {
        var root = JsonNode.Parse(config)!.AsObject();
        foreach (var (key, _) in changes)
            root.Remove(key);
        var added = changes.Where(c => c.Json != "-").Select(c => $", \"{c.Key}\": {c.Json}");
        return root.ToJsonString().TrimEnd('}', ' ') + string.Concat(added) + "}";
    }
}
