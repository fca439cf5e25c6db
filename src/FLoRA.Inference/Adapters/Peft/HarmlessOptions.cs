using System.Collections.Frozen;
using System.Text.Json;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// Options of PEFT's configurations (read up to 0.21) that cannot change what a trained adapter computes. Everything else must be
/// known or at a neutral value, so that a file of a newer PEFT loads as long as its new options are switched off.
/// </summary>
internal static class HarmlessOptions
{
    private static readonly FrozenSet<string> Names = new[]
    {
        // Where it came from.
        "auto_mapping", "base_model_name_or_path", "inference_mode", "peft_type", "peft_version", "revision", "task_type", "unsloth_fixed",

        // How A, B and l began; the initialisations that change the base model are told by init_lora_weights, which is read.
        "corda_config", "eva_config", "init_flora_weights", "init_ia3_weights", "init_weights", "loftq_config", "lora_ga_config",

        // Training only: backward pass, placement, tying of modules that are refused themselves (modules_to_save, embeddings).
        "ensure_weight_tying", "ephemeral_gpu_offload", "runtime_config", "velora_config",

        // Details of a switch that is refused itself: megatron_config, use_qalora.
        "megatron_core", "qalora_group_size",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the option changes nothing, whatever its value. Dropout is off at inference.</summary>
    public static bool Contains(string name) => Names.Contains(name) || name.EndsWith("_dropout", StringComparison.Ordinal);

    /// <summary>Whether <paramref name="value"/> switches the option off: null, false, 0, "", [], {} and bias "none".</summary>
    public static bool IsNeutral(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Number => value.TryGetDouble(out var number) && number == 0,
        JsonValueKind.String => value.GetString() is "" || (name == "bias" && value.GetString() == "none"),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
