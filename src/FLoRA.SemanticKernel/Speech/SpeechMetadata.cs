using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>Metadata of transcriptions, the same keys through every service, full and streamed.</summary>
internal static class SpeechMetadata
{
    /// <summary>Of a part: what transcribes; with the end, also how it ended.</summary>
    internal static Dictionary<string, object?> Of(SpeechPart part)
    {
        var metadata = new Dictionary<string, object?>
        {
            [FloraKeys.ResultAdapterId] = part.AdapterId,
            [FloraKeys.ResultModelId] = part.ModelId,
        };
        if (part.End is { } end)
        {
            // A transcription goes to the end of its recording; there is no other end.
            metadata[FloraKeys.FinishReason] = ChatFinishReason.Stop.Value;
            metadata[FloraKeys.Usage] = end.Usage;
            metadata[FloraKeys.ResultLanguage] = end.Transcript.Language;
            metadata[FloraKeys.Duration] = TimeSpan.FromSeconds(end.Transcript.DurationSeconds);
            metadata[FloraKeys.Segments] = end.Transcript.Segments;
        }

        return metadata;
    }
}
