namespace FLoRA.SemanticKernel;

/// <summary>Metadata of results, the same keys in full and in streamed ones.</summary>
internal static class ResultMetadata
{
    /// <summary>Of a part: what answers; with the end, also how it ended.</summary>
    internal static Dictionary<string, object?> Of(FloraAnswer answer, FloraEnd? end)
    {
        var metadata = new Dictionary<string, object?>
        {
            [FloraKeys.ResultAdapterId] = answer.AdapterId,
            [FloraKeys.ResultModelId] = answer.ModelId,
        };
        if (end is not null)
        {
            metadata[FloraKeys.FinishReason] = end.FinishReason.Value;
            metadata[FloraKeys.Usage] = end.Usage;
        }

        return metadata;
    }
}
