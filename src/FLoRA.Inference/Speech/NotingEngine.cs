using System.Collections.Concurrent;

namespace FLoRA.Inference.Speech;

/// <summary>Notes the numbers of the requests that one recording makes, so that traces can tell whose they are. Thread-safe.</summary>
internal sealed class NotingEngine(ITokenEngine engine) : ITokenEngine
{
    private readonly ConcurrentQueue<long> _requestIds = [];

    /// <summary>Numbers so far, in order.</summary>
    public IReadOnlyCollection<long> RequestIds => _requestIds;

    /// <inheritdoc/>
    public TokenStream Submit(Request request)
    {
        TokenStream stream = engine.Submit(request);
        _requestIds.Enqueue(stream.RequestId);
        return stream;
    }
}
