using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Models;

public class GoldenConfigTests
{
    [Fact]
    public void GptBigCode_with_multi_query_has_one_kv_head_and_learned_positions()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("gptbigcode-mqa"));

        Assert.Equal("gpt_bigcode", blueprint.Family);
        Assert.Equal((263, 48, 256), (blueprint.VocabularySize, blueprint.HiddenSize, blueprint.ContextLength));
        Assert.Equal((4, 1, 12), (blueprint.QueryHeads, blueprint.KvHeads, blueprint.HeadDim));
        Assert.Equal(QkvLayout.Concatenated, blueprint.QkvLayout);
        Assert.Equal((NormKind.Layer, 1e-5), (blueprint.Norm, blueprint.NormEpsilon));
        Assert.Equal((ActivationKind.GeluTanh, false), (blueprint.Activation, blueprint.GatedMlp));
        Assert.Equal(1 / Math.Sqrt(12), blueprint.AttentionScale);
        Assert.Null(blueprint.Rotary);
        Assert.Null(blueprint.Head);
        Assert.Equal(("transformer.wte.weight", "transformer.wpe.weight"), (blueprint.TokenEmbedding, blueprint.PositionEmbedding));
        Assert.Equal([0], blueprint.EosTokens);
        Assert.Equal(0, blueprint.BosToken);
        Assert.Equal(3, blueprint.Layers.Count);
        Assert.Equal(
            [
                new ModuleBlueprint("transformer.h.1.attn.c_attn", 48, 72, true),
                new ModuleBlueprint("transformer.h.1.attn.c_proj", 48, 48, true),
                new ModuleBlueprint("transformer.h.1.mlp.c_fc", 48, 192, true),
                new ModuleBlueprint("transformer.h.1.mlp.c_proj", 192, 48, true),
            ],
            blueprint.Modules.Skip(4).Take(4));
    }

    [Fact]
    public void GptBigCode_with_multi_head_stacks_per_head()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("gptbigcode-mha"));

        Assert.Equal((4, 4, QkvLayout.PerHead), (blueprint.QueryHeads, blueprint.KvHeads, blueprint.QkvLayout));
        Assert.Equal(144, blueprint.Layers[0].Qkv.OutFeatures);
    }

    [Fact]
    public void Llama_of_the_older_style_with_llama3_scaling_and_explicit_head_dim()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("llama-gqa-rope3"));

        Assert.Equal((4, 2, 16), (blueprint.QueryHeads, blueprint.KvHeads, blueprint.HeadDim));
        Assert.Equal((NormKind.Rms, 1e-5), (blueprint.Norm, blueprint.NormEpsilon));
        Assert.Equal((ActivationKind.Silu, true), (blueprint.Activation, blueprint.GatedMlp));
        Assert.Null(blueprint.Head);
        Assert.Equal(8, blueprint.Rotary!.InverseFrequencies.Count);
        Assert.Equal([2], blueprint.EosTokens);
        Assert.Equal(1, blueprint.BosToken);
        var layer = blueprint.Layers[2];
        Assert.Equal(
            [
                new ModuleBlueprint("model.layers.2.self_attn.q_proj", 48, 64, false),
                new ModuleBlueprint("model.layers.2.self_attn.k_proj", 48, 32, false),
                new ModuleBlueprint("model.layers.2.self_attn.v_proj", 48, 32, false),
            ],
            layer.Qkv.Modules);
        Assert.Equal([new ModuleBlueprint("model.layers.2.self_attn.o_proj", 64, 48, false)], layer.AttentionOutput.Modules);
        Assert.Equal(["model.layers.2.mlp.gate_proj", "model.layers.2.mlp.up_proj"], layer.MlpInput.Modules.Select(m => m.Path));
        Assert.Equal([new ModuleBlueprint("model.layers.2.mlp.down_proj", 96, 48, false)], layer.MlpOutput.Modules);
        Assert.Equal(("model.layers.2.input_layernorm", "model.layers.2.post_attention_layernorm"), (layer.AttentionNorm, layer.MlpNorm));
    }

    [Fact]
    public void Llama_with_multi_head_attention_has_its_own_head()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("llama-mha"));

        Assert.Equal((4, 4, 12), (blueprint.QueryHeads, blueprint.KvHeads, blueprint.HeadDim));
        Assert.Equal("lm_head.weight", blueprint.Head);
        Assert.Equal("model.norm", blueprint.FinalNorm);
    }

    [Fact]
    public void StarCoder2_slides_in_every_layer_and_has_biases()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("starcoder2"));

        Assert.Equal((NormKind.Layer, false), (blueprint.Norm, blueprint.GatedMlp));
        Assert.All(blueprint.Layers, l => Assert.Equal(64, l.SlidingWindow));
        Assert.All(blueprint.Modules, m => Assert.True(m.HasBias));
        Assert.Null(blueprint.Head);
        Assert.Equal(6, blueprint.Rotary!.InverseFrequencies.Count);
        Assert.Equal([new ModuleBlueprint("model.layers.0.mlp.c_fc", 48, 112, true)], blueprint.Layers[0].MlpInput.Modules);
    }

    [Fact]
    public void Qwen2_has_biases_on_query_key_value_only()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("qwen2"));

        Assert.Equal((4, 2, 10), (blueprint.QueryHeads, blueprint.KvHeads, blueprint.HeadDim));
        var layer = blueprint.Layers[0];
        Assert.Equal((true, false, false, false), (layer.Qkv.HasBias, layer.AttentionOutput.HasBias, layer.MlpInput.HasBias, layer.MlpOutput.HasBias));
        Assert.Equal((null, null, null), (layer.QueryNorm, layer.KeyNorm, layer.SlidingWindow));
    }

    [Fact]
    public void Qwen3_norms_queries_and_keys()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("qwen3"));

        Assert.Equal((4, 2, 16), (blueprint.QueryHeads, blueprint.KvHeads, blueprint.HeadDim));
        var layer = blueprint.Layers[1];
        Assert.Equal(("model.layers.1.self_attn.q_norm", "model.layers.1.self_attn.k_norm"), (layer.QueryNorm, layer.KeyNorm));
        Assert.False(layer.Qkv.HasBias);
        Assert.Equal("lm_head.weight", blueprint.Head);
    }

    [Fact]
    public void Tinycoder_is_read()
    {
        var blueprint = ModelConfigReader.Read(ModelFolder.Golden("tinycoder"));

        Assert.Equal((192, 6, 32, 512), (blueprint.HiddenSize, blueprint.QueryHeads, blueprint.HeadDim, blueprint.ContextLength));
    }
}
