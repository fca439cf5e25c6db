using FLoRA.Inference.Adapters;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// Weights that were formed for an adapter (<see cref="MergedLinear"/>), kept within a budget: small encoders form each of them once, large ones anew
/// for each chunk. Where it is full, the adapter that was not used for longest goes, never the one in use. Engine thread only.
/// </summary>
/// <param name="byteBudget">Bytes that are kept at most.</param>
internal sealed class FormedWeights(long byteBudget) : IDisposable
{
    private readonly Dictionary<InstalledAdapter, Kept> _adapters = [];
    private long _bytes, _clock;

    /// <summary>The weight of a layer under an adapter.</summary>
    /// <param name="layer">Stands for the layer.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="form">Makes it, in the current dispose scope.</param>
    public (Tensor Weight, Tensor? Bias) Get(object layer, InstalledAdapter adapter, Func<(Tensor Weight, Tensor? Bias)> form)
    {
        if (!_adapters.TryGetValue(adapter, out Kept? kept))
            _adapters.Add(adapter, kept = new Kept());
        kept.LastUse = ++_clock;
        if (kept.Layers.TryGetValue(layer, out var known))
            return known;
        (Tensor weight, Tensor? bias) = form();
        long bytes = Bytes(weight) + (bias is null ? 0 : Bytes(bias));
        if (!MakeRoom(bytes, adapter))
            return (weight, bias);
        // A bias that the adapter leaves as it is belongs to the model: a view of one's own can be disposed.
        (Tensor, Tensor?) entry = (weight.DetachFromDisposeScope(), bias?.alias().DetachFromDisposeScope());
        kept.Layers.Add(layer, entry);
        kept.Bytes += bytes;
        _bytes += bytes;
        return entry;
    }

    /// <summary>The adapter is not used any more.</summary>
    public void Forget(InstalledAdapter adapter)
    {
        if (!_adapters.Remove(adapter, out Kept? kept))
            return;
        _bytes -= kept.Bytes;
        kept.Dispose();
    }

    public void Dispose()
    {
        foreach (InstalledAdapter adapter in _adapters.Keys.ToArray())
            Forget(adapter);
    }

    private bool MakeRoom(long bytes, InstalledAdapter inUse)
    {
        while (_bytes + bytes > byteBudget)
        {
            InstalledAdapter? oldest = _adapters.Keys.Where(a => a != inUse && _adapters[a].Bytes > 0).MinBy(a => _adapters[a].LastUse);
            if (oldest is null)
                return false;
            Forget(oldest);
        }

        return true;
    }

    private static long Bytes(Tensor tensor) => tensor.numel() * tensor.element_size();

    private sealed class Kept : IDisposable
    {
        public Dictionary<object, (Tensor Weight, Tensor? Bias)> Layers { get; } = new(ReferenceEqualityComparer.Instance);

        public long Bytes { get; set; }

        public long LastUse { get; set; }

        public void Dispose()
        {
            foreach ((Tensor weight, Tensor? bias) in Layers.Values)
            {
                weight.Dispose();
                bias?.Dispose();
            }
        }
    }
}
