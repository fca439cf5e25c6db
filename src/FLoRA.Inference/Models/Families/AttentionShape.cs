using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>Widths of attention, from the keys that all rotary families share.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="QueryHeads">Query heads.</param>
/// <param name="KvHeads">Key/value heads; divides the query heads.</param>
/// <param name="HeadDim">Width of a head.</param>
internal sealed record AttentionShape(int HiddenSize, int QueryHeads, int KvHeads, int HeadDim)
{
    /// <summary>Width of all query heads; may differ from <see cref="HiddenSize"/> where head_dim is explicit.</summary>
    public int QueryWidth => QueryHeads * HeadDim;

    /// <summary>Width of all key heads, and of all value heads.</summary>
    public int KvWidth => KvHeads * HeadDim;

    /// <summary>1 / sqrt(head dim).</summary>
    public double Scale => 1 / Math.Sqrt(HeadDim);

    /// <summary>
    /// Reads hidden_size, num_attention_heads, num_key_value_heads and head_dim (absent: <paramref name="absentHeadDim"/>, else
    /// hidden size / heads).
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="kvHeadsMayBeAbsent">
    /// Whether absent key/value heads mean as many as query heads. The other families' defaults are the numbers of one published
    /// model, so that there a file without the key says nothing.
    /// </param>
    /// <param name="absentHeadDim">Head width of the family where head_dim is absent.</param>
    /// <exception cref="ModelLoadException">A size is bad, the heads do not divide, or the head width is odd.</exception>
    public static AttentionShape Read(ConfigSection config, bool kvHeadsMayBeAbsent, int? absentHeadDim = null)
    {
        var hiddenSize = config.Count("hidden_size", SizeLimits.HiddenSize);
        var queryHeads = config.Count("num_attention_heads", SizeLimits.Heads);
        const string kvHeadsKey = "num_key_value_heads";
        var kvHeads = kvHeadsMayBeAbsent && !config.Has(kvHeadsKey) ? queryHeads : config.Count(kvHeadsKey, SizeLimits.Heads);
        if (queryHeads % kvHeads != 0)
            throw config.Problem($"'{kvHeadsKey}' is {kvHeads}; expected a divisor of 'num_attention_heads', {queryHeads}");
        var headDim = config.OptionalCount("head_dim", SizeLimits.HeadDim) ?? absentHeadDim ?? Divide(config, hiddenSize, queryHeads);
        if (headDim % 2 != 0)
            throw config.Problem($"the head dimension is {headDim}; expected an even one, as rotary positions turn pairs");
        return new AttentionShape(hiddenSize, queryHeads, kvHeads, headDim);
    }

    private static int Divide(ConfigSection config, int hiddenSize, int queryHeads) => hiddenSize % queryHeads == 0
        ? hiddenSize / queryHeads
        : throw config.Problem($"'hidden_size' is {hiddenSize}; expected a multiple of 'num_attention_heads', {queryHeads}, or an explicit 'head_dim'");
}
