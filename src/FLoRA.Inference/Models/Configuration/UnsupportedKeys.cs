using System.Text.Json;

namespace FLoRA.Inference.Models.Configuration;

/// <summary>
/// Keys that change what a decoder computes and that no family here implements. Each is accepted at its neutral value only;
/// keys that change nothing at inference (dropout rates, initialiser ranges, cache switches, dtypes) are not listed and pass.
/// </summary>
internal static class UnsupportedKeys
{
    private static readonly (string Key, Neutral Neutral)[] Keys =
    [
        ("quantization_config", Neutral.Absent),
        ("compression_config", Neutral.Absent),
        ("vision_config", Neutral.Absent),
        ("audio_config", Neutral.Absent),
        ("is_encoder_decoder", Neutral.False),
        ("add_cross_attention", Neutral.False),
        ("is_causal", Neutral.True),
        ("use_bidirectional_attention", Neutral.False),
        ("pruned_heads", Neutral.Empty),
        ("pretraining_tp", Neutral.One),
        ("partial_rotary_factor", Neutral.One),
        ("rotary_pct", Neutral.One),
        ("rope_interleaved", Neutral.False),
        ("use_mrope", Neutral.False),
        ("no_rope_layers", Neutral.Empty),
        ("no_rope_layer_interval", Neutral.Absent),
        ("alibi", Neutral.False),
        ("attention_chunk_size", Neutral.Absent),
        ("attn_logit_softcapping", Neutral.Absent),
        ("final_logit_softcapping", Neutral.Absent),
        ("clip_qkv", Neutral.Absent),
        ("qk_layernorm", Neutral.False),
        ("use_qk_norm", Neutral.False),
        ("scale_attn_by_inverse_layer_idx", Neutral.False),
        ("reorder_and_upcast_attn", Neutral.False),
        ("parallel_attn", Neutral.False),
        ("use_parallel_residual", Neutral.False),
        ("attention_multiplier", Neutral.One),
        ("embedding_multiplier", Neutral.One),
        ("residual_multiplier", Neutral.One),
        ("logits_scaling", Neutral.One),
        ("logit_scale", Neutral.One),
        ("num_experts", Neutral.NoExperts),
        ("num_local_experts", Neutral.NoExperts),
        ("n_routed_experts", Neutral.NoExperts),
        ("num_experts_per_tok", Neutral.NoExperts),
    ];

    private enum Neutral { Absent, False, True, One, Empty, NoExperts }

    /// <summary>Refuses the configuration for the first key that is not at its neutral value.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="implemented">Keys that the family computes; they are its own to check.</param>
    /// <exception cref="ModelLoadException">Names key, value and what is supported.</exception>
    public static void Refuse(ConfigSection config, IReadOnlySet<string> implemented)
    {
        foreach (var (key, neutral) in Keys)
        {
            if (!implemented.Contains(key) && config.Element(key) is { } value && !IsNeutral(value, neutral))
                throw config.Unsupported(key, Describe(neutral));
        }
    }

    /// <summary>Refuses <paramref name="keys"/> where they have a value: other families know them, this one does not.</summary>
    /// <exception cref="ModelLoadException">Names key and value.</exception>
    public static void RefuseAny(ConfigSection config, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (config.Has(key))
                throw config.Unsupported(key, Describe(Neutral.Absent));
        }
    }

    private static bool IsNeutral(JsonElement value, Neutral neutral) => neutral switch
    {
        Neutral.False => value.ValueKind == JsonValueKind.False,
        Neutral.True => value.ValueKind == JsonValueKind.True,
        Neutral.One => IsNumber(value, 1),
        Neutral.Empty => value.ValueKind switch
        {
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        },
        Neutral.NoExperts => IsNumber(value, 0) || IsNumber(value, 1),
        _ => false,
    };

    private static bool IsNumber(JsonElement value, double expected) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == expected;

    private static string Describe(Neutral neutral) => neutral switch
    {
        Neutral.False => "false, or no such key",
        Neutral.True => "true, or no such key",
        Neutral.One => "1, or no such key",
        Neutral.Empty => "an empty value, or no such key",
        Neutral.NoExperts => "a model without experts (0 or 1, or no such key)",
        _ => "null, or no such key",
    };
}
