using System.Text.Json.Nodes;

namespace FLoRA.Parity.Tests.Random;

/// <summary>Random config.json files in the ways that published ones differ.</summary>
internal static class RandomConfig
{
    public const int MaxPositions = 96;

    public static JsonObject GptBigCode(Dice dice)
    {
        int heads = dice.Pick(1, 2, 3, 4), headDim = dice.Pick(5, 6, 8, 12, 16, 20);
        var config = new JsonObject
        {
            ["model_type"] = "gpt_bigcode",
            ["architectures"] = new JsonArray(dice.Pick("GPTBigCodeForCausalLM", "GPTBigCodeLMHeadModel")),
            ["vocab_size"] = Vocabulary(dice),
            ["n_embd"] = heads * headDim,
            ["n_head"] = heads,
            ["n_layer"] = dice.From(1, 3),
            ["n_positions"] = MaxPositions,
            ["n_inner"] = dice.Chance(0.5) ? null : dice.From(7, 90),
            ["activation_function"] = dice.Pick("gelu", "gelu_pytorch_tanh", "relu", "gelu_new", "silu"),
            ["layer_norm_epsilon"] = dice.Pick(1e-5, 1e-6, 1e-3),
        };
        Maybe(config, dice, "multi_query", absent: true);
        Maybe(config, dice, "scale_attn_weights", absent: true);
        Maybe(config, dice, "tie_word_embeddings", absent: true);
        return EndTokens(config, dice);
    }

    public static JsonObject Rotary(string family, Dice dice)
    {
        int kvHeads = dice.Pick(1, 1, 2, 3), heads = kvHeads * dice.Pick(1, 2, 3, 4), headDim = dice.Pick(2, 4, 6, 8, 10, 12, 16, 18, 32, 34);
        var config = new JsonObject
        {
            ["model_type"] = family,
            ["vocab_size"] = Vocabulary(dice),
            ["hidden_size"] = heads * headDim,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = kvHeads,
            ["num_hidden_layers"] = dice.From(1, 3),
            ["intermediate_size"] = dice.From(9, 90),
            ["max_position_embeddings"] = MaxPositions,
        };
        if (family == "llama" && kvHeads == heads && dice.Chance(0.5))
            config.Remove("num_key_value_heads");
        if (family == "qwen3" || (family is "llama" or "qwen2" && dice.Chance(0.4)))
        {
            config["head_dim"] = headDim;
            config["hidden_size"] = dice.From(13, 70); // no relation to the heads
        }

        AddRotaryScaling(config, dice);
        switch (family)
        {
            case "llama":
                Maybe(config, dice, "attention_bias", absent: false);
                Maybe(config, dice, "mlp_bias", absent: false);
                break;
            case "starcoder2":
                config["norm_epsilon"] = dice.Pick(1e-5, 1e-4);
                config["sliding_window"] = dice.Chance(0.3) ? null : dice.Pick(1, 3, 7, 20);
                config["hidden_act"] = dice.Pick("gelu_pytorch_tanh", "gelu", "relu", "silu");
                Maybe(config, dice, "use_bias", absent: true);
                break;
            default:
                AddQwenWindows(config, dice);
                if (family == "qwen3")
                    Maybe(config, dice, "attention_bias", absent: false);
                break;
        }

        if (family != "starcoder2")
        {
            config["rms_norm_eps"] = dice.Pick(1e-6, 1e-5, 1e-2);
            config["hidden_act"] = dice.Pick("silu", "silu", "gelu", "gelu_pytorch_tanh");
        }

        Maybe(config, dice, "tie_word_embeddings", absent: family == "starcoder2");
        return EndTokens(config, dice);
    }

    /// <summary>Different heads on both sides, and windows that fill no block.</summary>
    public static JsonObject Whisper(Dice dice)
    {
        (int encoderHeads, int decoderHeads) = dice.Pick((1, 3), (2, 3), (3, 2), (4, 1), (2, 5), (2, 2));
        var config = new JsonObject
        {
            ["model_type"] = "whisper",
            ["architectures"] = new JsonArray("WhisperForConditionalGeneration"),
            ["is_encoder_decoder"] = true,
            ["vocab_size"] = Vocabulary(dice),
            ["d_model"] = encoderHeads * decoderHeads * dice.Pick(3, 5, 8),
            ["encoder_attention_heads"] = encoderHeads,
            ["decoder_attention_heads"] = decoderHeads,
            ["encoder_layers"] = dice.From(1, 2),
            ["decoder_layers"] = dice.Pick(1, 2, 5), // five are two units of cross-attention
            ["encoder_ffn_dim"] = dice.From(9, 90),
            ["decoder_ffn_dim"] = dice.From(9, 90),
            ["num_mel_bins"] = dice.Pick(3, 13, 80),
            ["max_source_positions"] = dice.Pick(1, 7, 37, 50, 64),
            ["max_target_positions"] = MaxPositions,
            ["activation_function"] = dice.Pick("gelu", "gelu", "relu", "silu"),
        };
        return EndTokens(config, dice);
    }

    public static JsonObject Generation(Dice dice, int vocabulary)
    {
        var generation = new JsonObject { ["_from_model_config"] = true };
        if (dice.Chance(0.7))
            generation["eos_token_id"] = dice.Chance(0.5) ? dice.From(0, vocabulary - 1) : new JsonArray(0, vocabulary - 1);
        return generation;
    }

    private static int Vocabulary(Dice dice) => dice.Pick(9, 31, 67, 131, 257);

    private static void AddRotaryScaling(JsonObject config, Dice dice)
    {
        double theta = dice.Pick(10000.0, 500000.0, 1000.0);
        string type = dice.Pick("default", "linear", "llama3");
        var scaling = new JsonObject { ["rope_type"] = type };
        if (type != "default")
            scaling["factor"] = dice.Pick(2.0, 4.0, 8.0);
        if (type == "llama3")
        {
            scaling["low_freq_factor"] = 1.0;
            scaling["high_freq_factor"] = dice.Pick(2.0, 4.0);
            scaling["original_max_position_embeddings"] = dice.Pick(16, 48);
        }

        if (dice.Chance(0.5))
        {
            scaling["rope_theta"] = theta;
            config["rope_parameters"] = scaling;
            return;
        }

        if (theta != 10000)
            config["rope_theta"] = theta;
        if (type == "linear" && dice.Chance(0.5))
        {
            scaling.Remove("rope_type");
            scaling["type"] = type;
        }

        config["rope_scaling"] = type == "default" ? null : scaling;
    }

    private static void AddQwenWindows(JsonObject config, Dice dice)
    {
        int layers = config["num_hidden_layers"]!.GetValue<int>();
        bool slides = dice.Chance(0.6);
        config["use_sliding_window"] = slides;
        config["sliding_window"] = dice.Chance(0.5) || slides ? dice.Pick(2, 5, 17) : null;
        config["max_window_layers"] = dice.From(0, layers);
        if (slides && dice.Chance(0.5))
            config["layer_types"] = new JsonArray([.. Enumerable.Range(0, layers).Select(_ => (JsonNode)dice.Pick("full_attention", "sliding_attention"))]);
    }

    private static void Maybe(JsonObject config, Dice dice, string key, bool absent)
    {
        if (dice.Chance(0.8))
            config[key] = dice.Chance(0.5) ? absent : !absent;
    }

    private static JsonObject EndTokens(JsonObject config, Dice dice)
    {
        switch (dice.From(0, 3))
        {
            case 0:
                config["eos_token_id"] = 2;
                break;
            case 1:
                config["eos_token_id"] = new JsonArray(1, 3);
                break;
            case 2:
                config["bos_token_id"] = 50256;
                config["eos_token_id"] = 50256; // the default of two families, whatever the vocabulary
                break;
        }

        return config;
    }
}
