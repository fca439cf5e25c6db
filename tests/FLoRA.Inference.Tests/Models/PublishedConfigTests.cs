using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Models;

/// <summary>Configurations with the keys that published code models carry, older and newer, are read.</summary>
public class PublishedConfigTests
{
    public static TheoryData<string, string> Configs => new()
    {
        {
            "StarCoder", """
            {"activation_function":"gelu","architectures":["GPTBigCodeForCausalLM"],"attention_softmax_in_fp32":true,"attn_pdrop":0.1,"bos_token_id":0,"embd_pdrop":0.1,"eos_token_id":0,
            "inference_runner":0,"initializer_range":0.02,"layer_norm_epsilon":1e-05,"max_batch_size":null,"max_sequence_length":null,"model_type":"gpt_bigcode","multi_query":true,"n_embd":2048,
            "n_head":16,"n_inner":8192,"n_layer":24,"n_positions":8192,"pad_key_length":true,"pre_allocate_kv_cache":false,"resid_pdrop":0.1,"scale_attention_softmax_in_fp32":true,
            "scale_attn_weights":true,"summary_activation":null,"summary_first_dropout":0.1,"summary_proj_to_labels":true,"summary_type":"cls_index","summary_use_proj":true,
            "torch_dtype":"float32","transformers_version":"4.28.1","use_cache":true,"validate_runner_input":true,"vocab_size":49152}
            """
        },
        {
            "StarCoder2", """
            {"activation_function":"gelu","architectures":["Starcoder2ForCausalLM"],"attention_dropout":0.1,"attention_softmax_in_fp32":true,"bos_token_id":0,"embedding_dropout":0.1,
            "eos_token_id":0,"hidden_act":"gelu_pytorch_tanh","hidden_size":3072,"initializer_range":0.018042,"intermediate_size":12288,"layer_norm_epsilon":1e-05,"max_position_embeddings":16384,
            "mlp_type":"default","model_type":"starcoder2","norm_epsilon":1e-05,"norm_type":"layer_norm","num_attention_heads":24,"num_hidden_layers":30,"num_key_value_heads":2,
            "resid_pdrop":0.1,"residual_dropout":0.1,"rope_theta":999999.4420358813,"scale_attention_softmax_in_fp32":true,"scale_attn_weights":true,"sliding_window":4096,
            "torch_dtype":"bfloat16","transformers_version":"4.37.0.dev0","use_bias":true,"use_cache":true,"vocab_size":49152}
            """
        },
        {
            "DeepSeek Coder", """
            {"architectures":["LlamaForCausalLM"],"bos_token_id":32013,"eos_token_id":32014,"hidden_act":"silu","hidden_size":2048,"initializer_range":0.02,"intermediate_size":5504,
            "max_position_embeddings":16384,"model_type":"llama","num_attention_heads":16,"num_hidden_layers":24,"num_key_value_heads":16,"pretraining_tp":1,"rms_norm_eps":1e-06,
            "rope_scaling":{"factor":4.0,"type":"linear"},"rope_theta":100000,"tie_word_embeddings":false,"torch_dtype":"bfloat16","transformers_version":"4.33.1","use_cache":true,"vocab_size":32256}
            """
        },
        {
            "Llama 3.2", """
            {"architectures":["LlamaForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":128000,"eos_token_id":[128001,128008,128009],"head_dim":64,"hidden_act":"silu",
            "hidden_size":2048,"initializer_range":0.02,"intermediate_size":8192,"max_position_embeddings":131072,"mlp_bias":false,"model_type":"llama","num_attention_heads":32,
            "num_hidden_layers":16,"num_key_value_heads":8,"pretraining_tp":1,"rms_norm_eps":1e-05,"rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,
            "original_max_position_embeddings":8192,"rope_type":"llama3"},"rope_theta":500000.0,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_cache":true,"vocab_size":128256}
            """
        },
        {
            "Qwen2.5 Coder", """
            {"architectures":["Qwen2ForCausalLM"],"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151643,"hidden_act":"silu","hidden_size":896,"initializer_range":0.02,
            "intermediate_size":4864,"max_position_embeddings":32768,"max_window_layers":24,"model_type":"qwen2","num_attention_heads":14,"num_hidden_layers":24,"num_key_value_heads":2,
            "rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_cache":true,"use_mrope":false,
            "use_sliding_window":false,"vocab_size":151936}
            """
        },
        {
            "Qwen3", """
            {"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151645,"head_dim":128,"hidden_act":"silu","hidden_size":1024,
            "initializer_range":0.02,"intermediate_size":3072,"max_position_embeddings":40960,"max_window_layers":28,"model_type":"qwen3","num_attention_heads":16,"num_hidden_layers":28,
            "num_key_value_heads":8,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":1000000,"sliding_window":null,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_cache":true,
            "use_sliding_window":false,"vocab_size":151936}
            """
        },
        {
            "Granite Code", """
            {"architectures":["LlamaForCausalLM"],"attention_bias":true,"attention_dropout":0.1,"bos_token_id":0,"eos_token_id":0,"hidden_act":"silu","hidden_size":2560,"initializer_range":0.02,
            "intermediate_size":10240,"max_position_embeddings":2048,"mlp_bias":true,"model_type":"llama","num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":32,
            "pad_token_id":0,"pretraining_tp":1,"rms_norm_eps":1e-05,"rope_scaling":null,"rope_theta":10000,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_cache":true,"vocab_size":49152}
            """
        },
    };

    [Theory]
    [MemberData(nameof(Configs))]
    public void Are_read(string name, string json)
    {
        using var folder = ModelFolder.Like("llama-mha");
        folder.Write("config.json", json);

        var blueprint = ModelConfigReader.Read(folder.Path);

        Assert.True(blueprint.Layers.Count >= 16 && blueprint.HeadDim * blueprint.QueryHeads >= 896, name);
        Assert.NotEmpty(blueprint.EosTokens);
    }
}
