using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using TorchSharp;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The real engine over a device that is lost in a chosen step, and that every load brings back.</summary>
internal sealed class LosableDevice : IModelLoader
{
    private readonly EngineLoader _loader = new();

    private int _stepsLeft = int.MaxValue;

    /// <summary>Loads so far.</summary>
    internal int Loads;

    /// <summary>So many more steps are computed, then all fail until the engine is loaded anew.</summary>
    internal void LoseAfter(int steps) => _stepsLeft = steps;

    public LoadedEngine Load(EngineOptions options)
    {
        LoadedEngine engine = _loader.Load(options with { DecorateForward = forward => new Forward(this, forward) });
        Interlocked.Increment(ref Loads);
        _stepsLeft = int.MaxValue;
        return engine;
    }

    private sealed class Forward(LosableDevice device, IForwardPass inner) : IForwardPass
    {
        torch.Tensor? IForwardPass.Forward(Batch batch, BatchAdapters adapters) =>
            Interlocked.Decrement(ref device._stepsLeft) < 0 ? throw new InvalidOperationException("the device is gone") : inner.Forward(batch, adapters);

        public void Dispose() => inner.Dispose();
    }
}
