using System.Collections.Concurrent;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Speech;

/// <summary>Notes the numbers of the requests that one recording makes, so that traces can tell whose they are. Thread-safe.</summary>
internal sealed class NotingEngine(ITokenEngine engine) : ITokenEngine, IAlignmentEngine
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

    /// <inheritdoc/>
    public async Task<AlignmentCollector> AlignAsync(IReadOnlyList<int> tokens, AudioInput audio, string? adapter, AlignmentProbe probe, CancellationToken cancellationToken)
    {
        if (engine is not IAlignmentEngine aligning)
            throw new NotSupportedException($"Times of words (word_timestamps) need the engine itself; {engine.GetType().Name} does not give them.");
        AlignmentCollector alignment = await aligning.AlignAsync(tokens, audio, adapter, probe, cancellationToken).ConfigureAwait(false);
        _requestIds.Enqueue(alignment.RequestId);
        return alignment;
    }
}
