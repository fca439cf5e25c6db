using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>A stream whose first item has been taken. A device fault after it opens the circuit breaker. One reader.</summary>
internal sealed class OpenedStream<TStream, TItem>(TStream stream, IAsyncEnumerator<TItem> items, MidStreamBreaker breaker, int epoch, Func<EngineUnavailableException, EngineUnavailableException> unavailable) : IAsyncDisposable
    where TStream : IAsyncEnumerable<TItem>, IAsyncDisposable
{
    private bool _hasFirst, _firstGiven;

    /// <summary>The stream itself, for what it tells beside its items.</summary>
    internal TStream Stream => stream;

    /// <summary>The item that <see cref="MoveNextAsync"/> reached.</summary>
    internal TItem Current => items.Current;

    /// <summary>Waits for the first item, or for the end of a stream without any.</summary>
    internal async ValueTask TakeFirstAsync() => _hasFirst = await items.MoveNextAsync().ConfigureAwait(false);

    /// <summary>Goes to the next item, the first one at the first call; false: the end.</summary>
    internal async ValueTask<bool> MoveNextAsync()
    {
        if (!_firstGiven)
        {
            _firstGiven = true;
            return _hasFirst;
        }

        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (EngineFaultException fault) when (fault.IsDeviceFault)
        {
            breaker.Open(epoch);
            throw;
        }
        catch (EngineUnavailableException e) when (e.RetryAfter is null)
        {
            // A recording of several windows whose next one came after the loss.
            throw unavailable(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await items.DisposeAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
