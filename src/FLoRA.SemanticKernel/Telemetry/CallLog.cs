using System.Runtime.CompilerServices;
using FLoRA.Inference;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel;

/// <summary>The log of calls. What people wrote, and what the model answered, is written at Trace alone.</summary>
internal static partial class CallLog
{
    /// <summary>The base model's name where an adapter's would stand.</summary>
    internal const string Base = "(base)";

    /// <summary>The same parts; an exception that ends them is logged.</summary>
    internal static async IAsyncEnumerable<T> Watch<T>(this ILogger logger, string model, IAsyncEnumerable<T> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<T> reader = parts.GetAsyncEnumerator(cancellationToken);
        while (await logger.MoveNextAsync(model, reader).ConfigureAwait(false))
            yield return reader.Current;
    }

    private static async ValueTask<bool> MoveNextAsync<T>(this ILogger logger, string model, IAsyncEnumerator<T> reader)
    {
        try
        {
            return await reader.MoveNextAsync().ConfigureAwait(false);
        }
        catch (EngineFaultException e)
        {
            logger.LogFaulted(model, e);
            throw;
        }
        catch (Exception e)
        {
            logger.LogRefused(model, e.GetType().Name, e.Message);
            throw;
        }
    }

    /// <summary>A request has its first token, or its end without any.</summary>
    [LoggerMessage(EventId = 30, Level = LogLevel.Debug, Message = "Request {RequestId} to {Model} with adapter {Adapter}: {PromptTokens} prompt tokens, first token after {FirstTokenMs:F0} ms, {QueueMs:F0} of them in the queue")]
    internal static partial void LogBegun(this ILogger logger, long requestId, string model, string adapter, int promptTokens, double? firstTokenMs, double? queueMs);

    [LoggerMessage(EventId = 31, Level = LogLevel.Debug, Message = "Request {RequestId} ended by {FinishReason} with {CompletionTokens} tokens after {TotalMs:F0} ms")]
    internal static partial void LogEnded(this ILogger logger, long requestId, string finishReason, int completionTokens, double? totalMs);

    [LoggerMessage(EventId = 32, Level = LogLevel.Debug, Message = "A recording of {Seconds:F1} s ({Format}) for {Model} with adapter {Adapter}")]
    internal static partial void LogRecording(this ILogger logger, double seconds, string format, string model, string adapter);

    [LoggerMessage(EventId = 33, Level = LogLevel.Debug, Message = "A recording of {Seconds:F1} s ended with {Segments} segments, {Tokens} tokens, language {Language}")]
    internal static partial void LogTranscribed(this ILogger logger, double seconds, int segments, int tokens, string? language);

    /// <summary>A call got no answer, or not all of it: its caller has the exception.</summary>
    [LoggerMessage(EventId = 34, Level = LogLevel.Debug, Message = "A call to {Model} ended by {Error}: {Reason}")]
    internal static partial void LogRefused(this ILogger logger, string model, string error, string reason);

    /// <summary>The engine failed on it, which is not its caller's doing.</summary>
    [LoggerMessage(EventId = 35, Level = LogLevel.Warning, Message = "The engine failed on a call to {Model}")]
    internal static partial void LogFaulted(this ILogger logger, string model, Exception exception);

    [LoggerMessage(EventId = 36, Level = LogLevel.Trace, Message = "Prompt for {Model} with adapter {Adapter}: {Prompt}")]
    internal static partial void LogPrompt(this ILogger logger, string model, string adapter, string prompt);

    [LoggerMessage(EventId = 37, Level = LogLevel.Trace, Message = "Text of request {RequestId}: {Text}")]
    internal static partial void LogText(this ILogger logger, long requestId, string text);

    [LoggerMessage(EventId = 38, Level = LogLevel.Trace, Message = "Segment: {Text}")]
    internal static partial void LogSegment(this ILogger logger, string text);
}
