using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>A model's own forward pass that throws in chosen steps, after it has computed them: its cache entries are written then.</summary>
/// <param name="inner">Computes.</param>
/// <param name="failsAt">Which calls fail, by their number from 0.</param>
/// <param name="fault">Throws; null: something managed.</param>
internal sealed class FailingForward(IForwardPass inner, Func<int, bool> failsAt, Action? fault = null) : IForwardPass
{
    private int _call;

    public Tensor? Forward(Batch batch, BatchAdapters adapters)
    {
        Tensor? logits = inner.Forward(batch, adapters);
        if (!failsAt(_call++))
            return logits;
        fault?.Invoke();
        throw new InvalidOperationException("injected fault\n   with a second line");
    }

    public void Dispose() => inner.Dispose();
}
