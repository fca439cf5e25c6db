using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>A call that is ready to be opened.</summary>
/// <param name="Settings">Its settings, for the span.</param>
/// <param name="Messages">What is asked, for spans that may hold it.</param>
/// <param name="Open">Opens it, with the span that it is in.</param>
internal sealed record TracedCall(GenerationSettings Settings, IReadOnlyList<ChatMessage> Messages, Func<CallActivity, CancellationToken, IAsyncEnumerable<FloraPart>> Open);

/// <summary>
/// Semantic Kernel's services ask no <see cref="IChatClient"/>, so no stage of a chat client's pipeline is around them. Their calls run here in Microsoft.Extensions.AI's own
/// telemetry, full and streamed, over a client that only opens them: the same spans and meters, and nothing where nobody listens.
/// </summary>
internal sealed class TracedChat(FloraChatClient client) : IDisposable
{
    private readonly OpenTelemetryChatClient _telemetry = new(new Leaf(client));

    /// <summary>The whole text and the last part.</summary>
    internal async Task<(string Text, FloraPart Last)> AnswerAsync(TracedCall call, CancellationToken cancellationToken)
    {
        ChatResponse response = await _telemetry.GetResponseAsync(call.Messages, new CallOptions(call), cancellationToken).ConfigureAwait(false);
        return (response.Text, (FloraPart)response.RawRepresentation!);
    }

    /// <summary>The parts as they come.</summary>
    internal async IAsyncEnumerable<FloraPart> StreamAsync(TracedCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ChatResponseUpdate update in _telemetry.GetStreamingResponseAsync(call.Messages, new CallOptions(call), cancellationToken).ConfigureAwait(false))
            yield return (FloraPart)update.RawRepresentation!;
    }

    public void Dispose() => _telemetry.Dispose();

    /// <summary>The options that a span tells of, and the call itself.</summary>
    private sealed class CallOptions : ChatOptions
    {
        internal CallOptions(TracedCall call)
        {
            Call = call;
            GenerationSettings settings = call.Settings;
            ModelId = settings.ModelId;
            Temperature = (float?)settings.Temperature;
            TopP = (float?)settings.TopP;
            TopK = settings.TopK;
            PresencePenalty = (float?)settings.PresencePenalty;
            FrequencyPenalty = (float?)settings.FrequencyPenalty;
            MaxOutputTokens = settings.MaxTokens;
            Seed = settings.Seed;
            StopSequences = settings.StopSequences is { } stop ? [.. stop] : null;
        }

        internal TracedCall Call { get; }
    }

    private sealed class Leaf(FloraChatClient client) : IChatClient
    {
        public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var text = new StringBuilder();
            FloraPart? last = null;
            await foreach (FloraPart part in PartsAsync(options, cancellationToken).ConfigureAwait(false))
            {
                text.Append(part.Text);
                last = part;
            }

            return new ChatResponse(new ChatMessage(ChatRole.Assistant, text.ToString()))
            {
                ResponseId = last!.Source.ResponseId,
                ModelId = last.Source.ModelId,
                FinishReason = last.End!.FinishReason,
                Usage = last.End.Usage,
                RawRepresentation = last,
            };
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            UpdatesAsync(PartsAsync(options, cancellationToken), cancellationToken);

        public object? GetService(Type serviceType, object? serviceKey = null) => client.GetService(serviceType, serviceKey);

        public void Dispose()
        {
            // The client has its own owner.
        }

        // In the first synchronous step of the call, where the span is the current one.
        private static IAsyncEnumerable<FloraPart> PartsAsync(ChatOptions? options, CancellationToken cancellationToken) =>
            ((CallOptions)options!).Call.Open(CallActivity.Capture("chat"), cancellationToken);

        private static async IAsyncEnumerable<ChatResponseUpdate> UpdatesAsync(IAsyncEnumerable<FloraPart> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (FloraPart part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                string id = part.Source.ResponseId;
                yield return new ChatResponseUpdate(ChatRole.Assistant, part.End is { } end ? [new UsageContent(end.Usage)] : [new TextContent(part.Text)])
                {
                    ResponseId = id,
                    MessageId = id,
                    ModelId = part.Source.ModelId,
                    FinishReason = part.End?.FinishReason,
                    RawRepresentation = part,
                };
            }
        }
    }
}
