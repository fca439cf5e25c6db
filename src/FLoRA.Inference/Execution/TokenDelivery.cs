using System.Collections.Concurrent;

namespace FLoRA.Inference.Execution;

/// <summary>
/// Hands tokens and ends over to their streams on a thread of the pool, in the order in which they came. Writing to a stream wakes its reader; a step has a token for every sequence, and an engine thread that woke
/// every reader itself would spend more on that than on a small step of a GPU. So it wakes one thread, which wakes the others while the next step runs.
/// </summary>
internal sealed class TokenDelivery : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Parcel> _parcels = new();
    private int _isScheduled;

    /// <summary>A token for the stream.</summary>
    public void Post(TokenStream stream, GeneratedToken token) => Post(new Parcel(stream, token, IsEnd: false, null));

    /// <summary>The end of the stream; with an exception or without.</summary>
    public void PostEnd(TokenStream stream, Exception? exception) => Post(new Parcel(stream, default, IsEnd: true, exception));

    void IThreadPoolWorkItem.Execute()
    {
        while (_parcels.TryDequeue(out Parcel parcel))
        {
            if (parcel.IsEnd)
                parcel.Stream.DeliverEnd(parcel.Exception);
            else
                parcel.Stream.Deliver(parcel.Token);
        }

        Interlocked.Exchange(ref _isScheduled, 0);
        if (!_parcels.IsEmpty) // came after the last look, before whoever brought it could see that nobody looks any more
            Schedule();
    }

    private void Post(Parcel parcel)
    {
        _parcels.Enqueue(parcel);
        Schedule();
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private readonly record struct Parcel(TokenStream Stream, GeneratedToken Token, bool IsEnd, Exception? Exception);
}
