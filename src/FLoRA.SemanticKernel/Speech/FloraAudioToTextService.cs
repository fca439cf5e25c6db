using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using Microsoft.SemanticKernel.Services;

namespace FLoRA.SemanticKernel;

/// <summary>Semantic Kernel's audio-to-text service, thin over <see cref="FloraSpeechToTextClient"/>. Settings: <see cref="FloraAudioToTextExecutionSettings"/>, or others with its JSON names.</summary>
#pragma warning disable MEAI001 // The client is experimental, as this is.
[Experimental("SKEXP0001")]
public sealed class FloraAudioToTextService(FloraSpeechToTextClient client) : IAudioToTextService
{
    private readonly SpeechPipeline _pipeline = (client ?? throw new ArgumentNullException(nameof(client))).Pipeline;
    private readonly Dictionary<string, object?> _attributes = new() { [AIServiceExtensions.ModelIdKey] = client.Pipeline.Runtime.ModelId };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, object?> Attributes => _attributes;

    /// <summary>Transcribes a recording.</summary>
    /// <param name="content">The recording itself, by bytes or by a data URI; its MIME type may be absent, the first bytes tell what it is.</param>
    /// <param name="executionSettings">Settings of any type; null: none.</param>
    /// <param name="kernel">Not needed.</param>
    /// <param name="cancellationToken">The engine drops the recording within one step.</param>
    /// <returns>Exactly one text.</returns>
    /// <exception cref="NotSupportedException">A setting is not supported, or the content is an address alone: nothing is fetched.</exception>
    /// <exception cref="Inference.AdapterNotFoundException">No adapter of that name is registered; nothing was computed.</exception>
    /// <exception cref="Inference.InvalidRequestException">The settings are wrong; nothing was computed.</exception>
    /// <exception cref="Inference.AudioFormatException">The content is no recording that can be read.</exception>
    public async Task<IReadOnlyList<TextContent>> GetTextContentsAsync(
        AudioContent content, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        FloraAudioToTextExecutionSettings settings = FloraAudioToTextExecutionSettings.FromExecutionSettings(executionSettings);
        if (settings.FunctionChoiceBehavior is not null)
            throw new NotSupportedException($"The setting '{nameof(PromptExecutionSettings.FunctionChoiceBehavior)}' is not supported by FLoRA.");
        using MemoryStream audio = BytesOf(content);
        SpeechPart last = await client.Traced.TranscribeAsync(_pipeline.Runtime.Call(settings.Values), audio, cancellationToken).ConfigureAwait(false);
        return [new TextContent(Write(last.End!.Transcript, settings.Values.Format), last.ModelId, innerContent: last.End.Transcript, metadata: SpeechMetadata.Of(last))];
    }

    private static string Write(Transcript transcript, TranscriptFormat? format) => format switch
    {
        TranscriptFormat.Srt => Subtitles.ToSrt(transcript),
        TranscriptFormat.Vtt => Subtitles.ToVtt(transcript),
        _ => transcript.Text,
    };

    private static MemoryStream BytesOf(AudioContent content)
    {
        if (content.Data is not { } data)
        {
            throw new NotSupportedException(content.Uri is { } address
                ? $"The audio content is only an address, '{address}', and FLoRA fetches nothing; give its bytes or a data URI."
                : "The audio content is empty; give its bytes or a data URI.");
        }

        return MemoryMarshal.TryGetArray(data, out ArraySegment<byte> bytes) ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false) : new MemoryStream(data.ToArray(), writable: false);
    }
}
#pragma warning restore MEAI001
