using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Models;

/// <summary>Configurations that are accepted, and what they mean.</summary>
public class ConfigVariantTests
{
    [Fact]
    public void Llama_without_optional_keys_takes_the_reference_defaults()
    {
        var blueprint = Read("llama-mha", ("num_key_value_heads", "-"), ("head_dim", "null"), ("rope_parameters", "-"), ("tie_word_embeddings", "-"),
            ("rms_norm_eps", "-"), ("hidden_act", "-"), ("attention_bias", "-"), ("mlp_bias", "-"), ("architectures", "-"), ("eos_token_id", "null"));

        Assert.Equal((4, 12, 1e-6), (blueprint.KvHeads, blueprint.HeadDim, blueprint.NormEpsilon));
        Assert.Equal("lm_head.weight", blueprint.Head);
        Assert.Equal(ActivationKind.Silu, blueprint.Activation);
        Assert.Equal(Math.Pow(10_000, -2.0 / 12), blueprint.Rotary!.InverseFrequencies[1], 15);
        Assert.Empty(blueprint.EosTokens);
    }

    [Fact]
    public void Llama_biases_cover_all_projections_of_their_part()
    {
        var layer = Read("llama-mha", ("attention_bias", "true"), ("mlp_bias", "true")).Layers[0];

        Assert.True(layer.Qkv.HasBias && layer.AttentionOutput.HasBias && layer.MlpInput.HasBias && layer.MlpOutput.HasBias);
    }

    [Fact]
    public void GptBigCode_inner_width_unscaled_attention_and_own_head()
    {
        var blueprint = Read("gptbigcode-mqa", ("n_inner", "100"), ("scale_attn_weights", "false"), ("tie_word_embeddings", "false"));

        Assert.Equal((100, 1.0, "lm_head.weight"), (blueprint.Layers[0].MlpInput.OutFeatures, blueprint.AttentionScale, blueprint.Head));
    }

    [Fact]
    public void StarCoder2_without_window_and_biases()
    {
        var blueprint = Read("starcoder2", ("sliding_window", "null"), ("use_bias", "false"), ("tie_word_embeddings", "-"));

        Assert.All(blueprint.Layers, l => Assert.Null(l.SlidingWindow));
        Assert.All(blueprint.Modules, m => Assert.False(m.HasBias));
        Assert.Null(blueprint.Head);
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Qwen_layers_slide_as_layer_types_say(string model)
    {
        var blueprint = Read(model, ("use_sliding_window", "true"), ("sliding_window", "32"),
            ("layer_types", """["sliding_attention","full_attention","sliding_attention"]"""));

        Assert.Equal([32, null, 32], blueprint.Layers.Select(l => l.SlidingWindow));
    }

    [Theory]
    [InlineData("0", new[] { true, true, true })]
    [InlineData("2", new[] { false, false, true })]
    [InlineData("28", new[] { false, false, false })]
    public void Qwen_without_layer_types_slides_from_max_window_layers_on(string maxWindowLayers, bool[] slides)
    {
        var blueprint = Read("qwen2", ("use_sliding_window", "true"), ("sliding_window", "32"), ("layer_types", "-"),
            ("max_window_layers", maxWindowLayers));

        Assert.Equal(slides, blueprint.Layers.Select(l => l.SlidingWindow == 32));
    }

    [Fact]
    public void A_window_without_use_sliding_window_is_off() =>
        Assert.All(Read("qwen2", ("sliding_window", "32"), ("layer_types", "-")).Layers, l => Assert.Null(l.SlidingWindow));

    [Fact]
    public void Qwen3_head_dim_is_128_where_absent() => Assert.Equal(128, Read("qwen3", ("head_dim", "-")).HeadDim);

    [Theory]
    [InlineData("\"gelu\"", ActivationKind.Gelu)]
    [InlineData("\"gelu_new\"", ActivationKind.GeluTanh)]
    [InlineData("\"swish\"", ActivationKind.Silu)]
    [InlineData("\"relu\"", ActivationKind.Relu)]
    internal void Activations_by_name(string json, ActivationKind expected) =>
        Assert.Equal(expected, Read("llama-mha", ("hidden_act", json)).Activation);

    [Theory]
    [InlineData("7", new[] { 7 })]
    [InlineData("[3, 5, 3]", new[] { 3, 5 })]
    [InlineData("[]", new int[0])]
    [InlineData("null", new[] { 2 })]
    public void End_tokens_of_generation_config_win(string json, int[] expected)
    {
        using var folder = ModelFolder.Like("llama-mha");
        folder.Write("generation_config.json", $$"""{"eos_token_id": {{json}}, "temperature": 0.6, "do_sample": true}""");

        var blueprint = ModelConfigReader.Read(folder.Path);

        Assert.Equal(expected, blueprint.EosTokens);
        Assert.Equal(1, blueprint.BosToken);
    }

    /// <summary>GPTBigCodeConfig and Starcoder2Config write 50256 for a model of any vocabulary.</summary>
    [Theory]
    [InlineData("gptbigcode-mqa")]
    [InlineData("starcoder2")]
    public void End_and_first_tokens_above_the_vocabulary_are_left_out(string model)
    {
        var blueprint = Read(model, ("eos_token_id", "50256"), ("bos_token_id", "50256"));

        Assert.Empty(blueprint.EosTokens);
        Assert.Null(blueprint.BosToken);
        Assert.Equal([3], Read(model, ("eos_token_id", "[50256, 3]")).EosTokens);
    }

    [Fact]
    public void Keys_that_change_nothing_pass() => Read("gptbigcode-mqa", ("attn_pdrop", "0.3"), ("use_cache", "false"), ("my_own_key", "[1]"),
        ("summary_type", "\"cls_index\""), ("attention_softmax_in_fp32", "false"), ("pruned_heads", "{}"), ("pretraining_tp", "1"));

    private static DecoderBlueprint Read(string model, params (string Key, string Json)[] changes)
    {
        using var folder = ModelFolder.Like(model, changes);
        return ModelConfigReader.Read(folder.Path);
    }
}
