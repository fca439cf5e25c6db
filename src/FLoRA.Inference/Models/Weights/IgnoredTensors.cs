namespace FLoRA.Inference.Models.Weights;

/// <summary>
/// The only tensors that a checkpoint may hold beside the blueprint's: buffers and copies that the reference does not read either.
/// </summary>
internal static class IgnoredTensors
{
    /// <summary>Whether the reference ignores the tensor too.</summary>
    public static bool Contains(DecoderBlueprint blueprint, string name) =>
        // Rotary frequencies that older versions of transformers stored; they follow from the configuration.
        (blueprint.Rotary is not null && name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
        // A second copy of the tied embedding: tied means that the head is the embedding, whatever is stored.
        || (blueprint.Head is null && name is "lm_head.weight" or "proj_out.weight")
        || (blueprint.PositionEmbedding is not null && IsCausalMask(name));

    /// <summary>Causal masks that GPT-2's descendants stored as buffers: of the model, and of each layer with its fill value.</summary>
    private static bool IsCausalMask(string name) =>
        name == "transformer.bias"
        || (name.StartsWith("transformer.h.", StringComparison.Ordinal)
            && (name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)));
}
