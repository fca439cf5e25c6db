using FLoRA.Inference;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Opens streams in a resilience pipeline: only "open and take the first item" runs inside. The pipeline's token ends an attempt that is
/// still without an item, and never reaches the stream: Polly detaches and reuses its token sources when an execution returns.
/// </summary>
/// <param name="pipeline">The service's.</param>
/// <param name="breaker">Its breaker.</param>
/// <param name="unavailable">Says when an engine is back that was lost, of what that engine itself said.</param>
internal sealed class StreamOpener(ResiliencePipeline pipeline, MidStreamBreaker breaker, Func<EngineUnavailableException, EngineUnavailableException> unavailable)
{
    /// <summary>A stream with its first item taken; failed attempts are disposed.</summary>
    /// <param name="open">Opens one attempt; disposing what it gives cancels it.</param>
    /// <param name="cancellationToken">The caller's, the only one that the stream knows.</param>
    /// <exception cref="TimeoutRejectedException">No first item in time.</exception>
    /// <exception cref="BrokenCircuitException">The circuit is open; says until when.</exception>
    /// <exception cref="EngineUnavailableException">The device was lost; says when to come back.</exception>
    internal async ValueTask<OpenedStream<TStream, TItem>> OpenAsync<TStream, TItem>(Func<TStream> open, CancellationToken cancellationToken)
        where TStream : IAsyncEnumerable<TItem>, IAsyncDisposable
    {
        try
        {
            return await pipeline.ExecuteAsync(
                static async (state, attempt) => await state.opener.AttemptAsync<TStream, TItem>(state.open, attempt, state.cancellationToken).ConfigureAwait(false),
                (opener: this, open, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested && e.CancellationToken != cancellationToken)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (IsolatedCircuitException e) when (breaker.RetryAfter is { } retryAfter)
        {
            throw new BrokenCircuitException($"A fault of the device in the middle of a stream opened the circuit; try again in {retryAfter.TotalSeconds:F1} s.", retryAfter, e);
        }
        catch (TimeoutRejectedException e)
        {
            throw new TimeoutRejectedException(
                $"There was no first token within {e.Timeout} (the resilience pipeline's timeout, Resilience.FirstTokenTimeout), with the waiting in the queue and all retries.", e.Timeout, e);
        }
    }

    private async ValueTask<OpenedStream<TStream, TItem>> AttemptAsync<TStream, TItem>(Func<TStream> open, CancellationToken attempt, CancellationToken caller)
        where TStream : IAsyncEnumerable<TItem>, IAsyncDisposable
    {
        try
        {
            return await TakeFirstAsync<TStream, TItem>(open, attempt, caller).ConfigureAwait(false);
        }
        catch (EngineUnavailableException e) when (e.RetryAfter is null)
        {
            throw unavailable(e);
        }
    }

    private async ValueTask<OpenedStream<TStream, TItem>> TakeFirstAsync<TStream, TItem>(Func<TStream> open, CancellationToken attempt, CancellationToken caller)
        where TStream : IAsyncEnumerable<TItem>, IAsyncDisposable
    {
        int epoch = breaker.Epoch;
        TStream stream = open();
        var opened = new OpenedStream<TStream, TItem>(stream, stream.GetAsyncEnumerator(caller), breaker, epoch, unavailable);
        try
        {
            // Disposing the registration waits for a callback that runs: afterwards the attempt can no longer cancel the stream.
            await using (attempt.UnsafeRegister(static s => Cancel((IAsyncDisposable)s!), stream).ConfigureAwait(false))
                await opened.TakeFirstAsync().ConfigureAwait(false);
            // The first item and the end of the attempt's time may come together.
            if (!caller.IsCancellationRequested)
                attempt.ThrowIfCancellationRequested();
            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Cancelling a stream only posts a word to the engine: it completes at once.
    private static void Cancel(IAsyncDisposable stream) => _ = stream.DisposeAsync().AsTask();
}
