using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>As <see cref="TracedChat"/>, for Semantic Kernel's speech service, which knows the full form alone.</summary>
#pragma warning disable MEAI001 // The speech client is experimental.
internal sealed class TracedSpeech(FloraSpeechToTextClient client) : IDisposable
{
    private readonly OpenTelemetrySpeechToTextClient _telemetry = new(new Leaf(client));

    /// <summary>The last part, which holds the whole transcript.</summary>
    internal async Task<SpeechPart> TranscribeAsync(SpeechCall call, Stream audio, CancellationToken cancellationToken) =>
        (SpeechPart)(await _telemetry.GetTextAsync(audio, new CallOptions(call), cancellationToken).ConfigureAwait(false)).RawRepresentation!;

    public void Dispose() => _telemetry.Dispose();

    /// <summary>The options that a span tells of, and the call itself.</summary>
    private sealed class CallOptions : SpeechToTextOptions
    {
        internal CallOptions(SpeechCall call)
        {
            Call = call;
            ModelId = call.Settings.ModelId;
            SpeechLanguage = call.Settings.Language;
        }

        internal SpeechCall Call { get; }
    }

    private sealed class Leaf(FloraSpeechToTextClient client) : ISpeechToTextClient
    {
        public async Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
        {
            SpeechPart? last = null;
            await foreach (SpeechPart part in PartsAsync(audioSpeechStream, options, cancellationToken).ConfigureAwait(false))
                last = part;
            return new SpeechToTextResponse(last!.End!.Transcript.Text) { ModelId = last.ModelId, Usage = last.End.Usage, RawRepresentation = last };
        }

        public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
            Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (SpeechPart part in PartsAsync(audioSpeechStream, options, cancellationToken).ConfigureAwait(false))
                yield return new SpeechToTextResponseUpdate(part.Text) { ModelId = part.ModelId, RawRepresentation = part };
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => client.GetService(serviceType, serviceKey);

        public void Dispose()
        {
            // The client has its own owner.
        }

        private IAsyncEnumerable<SpeechPart> PartsAsync(Stream audio, SpeechToTextOptions? options, CancellationToken cancellationToken) =>
            client.Pipeline.StreamAsync(((CallOptions)options!).Call, audio, CallActivity.Capture(FloraSpeechToTextClient.SpanName), cancellationToken);
    }
}
#pragma warning restore MEAI001
