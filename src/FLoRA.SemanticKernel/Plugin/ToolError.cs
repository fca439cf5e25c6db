using System.Diagnostics;
using System.Text.Json;
using FLoRA.Inference;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Errors as text that a model can act on. A tool that throws tells the model nothing: the layers between them replace the
/// message, or end the conversation.
/// </summary>
internal static class ToolError
{
    private const string NoUse = "this tool is not available; calling it again does not help";

    /// <summary>The result, or what went wrong. The exception also goes to the span of the tool call, for people.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    internal static async Task<string> GuardAsync(Func<Task<string>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            Activity.Current?.AddException(exception);
            return $"Error: {Message(exception)}";
        }
    }

    private static string Message(Exception exception) => exception switch
    {
        AdapterNotFoundException e => $"adapter '{e.Adapter}' does not exist. Adapters: {List(e.Known)}. Call list_adapters for what they do.",
        EngineOverloadedException e => $"the engine is busy; try again in {Seconds(e.RetryAfter)}.",
        EngineUnavailableException { RetryAfter: { } wait } => $"the engine is being restarted; try again in {Seconds(wait)}.",
        EngineUnavailableException => $"the engine is lost: {NoUse}.",
        BrokenCircuitException { RetryAfter: { } wait } => $"the engine rests after faults; try again in {Seconds(wait)}.",
        BrokenCircuitException => "the engine rests after faults; try again later.",
        TimeoutRejectedException { Timeout: var limit } when limit > TimeSpan.Zero => $"no answer came within {Seconds(limit)}; try again, with less text.",
        TimeoutRejectedException => "no answer came in time; try again, with less text.",
        EngineStoppingException or ObjectDisposedException => $"the engine is shutting down: {NoUse}.",
        EngineFaultException { IsDeviceFault: true } e => $"the engine failed: {Sentence(e)} Try again once; if it fails again, go on without this tool.",
        EngineFaultException e => $"the engine failed on this request: {Sentence(e)} Change the text or the adapter.",
        ModelLoadException or AdapterLoadException or NativeRuntimeException => $"{NoUse}: {Sentence(exception)}",
        NotSupportedException => $"this is not supported: {Sentence(exception)}",
        JsonException => $"the arguments do not fit the tool's schema: {Sentence(exception)}",
        OperationCanceledException => "the engine cancelled the call; try again.",
        _ => Sentence(exception),
    };

    private static string Sentence(Exception exception) => exception.Message.EndsWith('.') ? exception.Message : $"{exception.Message}.";

    /// <summary>Rounded up, so that nobody comes too early.</summary>
    private static string Seconds(TimeSpan time)
    {
        long seconds = Math.Max(1, (long)Math.Ceiling(time.TotalSeconds));
        return seconds == 1 ? "1 second" : $"{seconds} seconds";
    }

    private static string List(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));
}
