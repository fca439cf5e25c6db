using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Benchmarks.Quality;

/// <summary>A forward pass that keeps a copy of the logits of scored texts: the engine itself gives out log-probabilities only.</summary>
/// <param name="inner">Computes; owned.</param>
internal sealed class LogitTap(IForwardPass inner) : IForwardPass
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, float[]> _logits = [];

    /// <inheritdoc/>
    public Tensor? Forward(Batch batch, BatchAdapters adapters)
    {
        Tensor? logits = inner.Forward(batch, adapters);
        if (logits is not null)
            Keep(batch, logits);
        return logits;
    }

    /// <summary>Logits [tokens, vocabulary] after each token of a text whose score has ended; they are forgotten here.</summary>
    public float[] Take(long requestId)
    {
        lock (_lock)
            return _logits.Remove(requestId, out float[]? logits) ? logits : throw new InvalidOperationException($"Request {requestId} left no logits.");
    }

    public void Dispose() => inner.Dispose();

    private void Keep(Batch batch, Tensor logits)
    {
        int vocabulary = (int)logits.size(1), row = 0;
        ReadOnlySpan<float> values = HostMemory.Elements<float>(logits.cpu().contiguous());
        lock (_lock)
        {
            foreach (BatchEntry entry in batch.Entries)
            {
                if (entry.Sequence.ScoreOnly)
                {
                    long id = entry.Sequence.Stream.RequestId;
                    if (!_logits.TryGetValue(id, out float[]? kept))
                        _logits.Add(id, kept = new float[entry.Sequence.Tokens.Count * vocabulary]);
                    values.Slice(row * vocabulary, entry.LogitCount * vocabulary).CopyTo(kept.AsSpan((entry.Start + entry.Count - entry.LogitCount) * vocabulary));
                }

                row += entry.LogitCount;
            }
        }
    }
}
