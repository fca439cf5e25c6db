using System.Runtime.CompilerServices;
using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel;

/// <summary>What a call asks for, before the model is known.</summary>
/// <param name="Settings">Settings of the call.</param>
/// <param name="FunctionName">Kernel function, for error messages; null: none.</param>
internal sealed record FloraCall(GenerationSettings Settings, string? FunctionName);

/// <summary>How a call ended.</summary>
/// <param name="FinishReason">"stop" or "length".</param>
/// <param name="Usage">Token counts.</param>
internal sealed record FloraEnd(ChatFinishReason FinishReason, UsageDetails Usage);

/// <summary>A part of the answer. The last one has no text and carries the end.</summary>
/// <param name="Source">The answer that it belongs to.</param>
/// <param name="Text">New text; "" only in the last part.</param>
/// <param name="End">In the last part only.</param>
internal sealed record FloraPart(FloraAnswer Source, string Text, FloraEnd? End);

/// <summary>The answer as a whole.</summary>
/// <param name="RequestId">Number that the engine gave.</param>
/// <param name="ModelId">The model's id.</param>
/// <param name="AdapterId">The adapter; null: base.</param>
internal sealed record FloraAnswer(long RequestId, string ModelId, string? AdapterId)
{
    /// <summary>Id of the response for callers.</summary>
    internal string ResponseId { get; } = $"flora-{RequestId}";
}

/// <summary>The way of every call, of all services: load, resolve the adapter, write the prompt, open the stream with resilience, stream. Thread-safe.</summary>
internal sealed class FloraPipeline(FloraRuntime runtime)
{
    internal FloraRuntime Runtime => runtime;

    /// <summary>
    /// Streams the answer. <paramref name="write"/> completes the request with its prompt once the model is known; <paramref name="activity"/> is told the adapter.
    /// Everything that can be wrong with the call throws before the first part.
    /// </summary>
    internal IAsyncEnumerable<FloraPart> StreamAsync(FloraCall call, Func<LoadedModel, TextRequest, TextRequest> write, CallActivity activity, CancellationToken cancellationToken) =>
        runtime.Log.Watch(runtime.ModelId, RunAsync(call, write, activity, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<FloraPart> RunAsync(
        FloraCall call,
        Func<LoadedModel, TextRequest, TextRequest> write,
        CallActivity activity,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using IDisposable running = runtime.Host.Calls.Enter();
        LoadedModel loaded = await runtime.GetAsync(cancellationToken).ConfigureAwait(false);
        string? adapter = AdapterChoice.Resolve(call.Settings, runtime.Options, loaded.Model.Id, loaded.AdapterNames, call.FunctionName);
        await loaded.PrepareAsync(adapter, cancellationToken).ConfigureAwait(false);
        TextRequest request = write(loaded, call.Settings.ToRequest(adapter));
        activity.SetAdapter(request.Adapter);
        if (runtime.Log.IsEnabled(LogLevel.Trace))
            runtime.Log.LogPrompt(loaded.Model.Id, adapter ?? CallLog.Base, request.Prompt ?? string.Join('\n', (request.Messages ?? []).Select(turn => $"{turn.Role}: {turn.Content}")));
        await using OpenedStream<TextStream, TextUpdate> opened =
            await runtime.Opener.OpenAsync<TextStream, TextUpdate>(() => runtime.Serving().Text.Start(request), cancellationToken).ConfigureAwait(false);
        TextStream stream = opened.Stream;
        var answer = new FloraAnswer(stream.RequestId, loaded.Model.Id, adapter);
        runtime.Log.LogBegun(stream.RequestId, loaded.Model.Id, adapter ?? CallLog.Base, stream.PromptTokens, stream.Timing.FirstToken?.TotalMilliseconds, stream.Timing.Queue?.TotalMilliseconds);
        while (await opened.MoveNextAsync().ConfigureAwait(false))
        {
            if (opened.Current.Text.Length == 0)
                continue;
            runtime.Log.LogText(stream.RequestId, opened.Current.Text);
            yield return new FloraPart(answer, opened.Current.Text, null);
        }

        Inference.FinishReason reason = stream.FinishReason ?? throw new InvalidOperationException("The stream ended without a finish reason.");
        runtime.Log.LogEnded(stream.RequestId, reason.ToString(), stream.CompletionTokens, stream.Timing.Total?.TotalMilliseconds);
        yield return new FloraPart(answer, "", new FloraEnd(
            reason == Inference.FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop,
            new UsageDetails
            {
                InputTokenCount = stream.PromptTokens,
                CachedInputTokenCount = stream.CachedPromptTokens,
                OutputTokenCount = stream.CompletionTokens,
                TotalTokenCount = (long)stream.PromptTokens + stream.CompletionTokens,
            }));
    }
}
