using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>A model's own forward pass that throws in chosen steps, after it has computed them: its cache entries are written then.</summary>
internal sealed class FailingForward(IForwardPass inner, Func<int, bool> failsAt) : IForwardPass
{
    private int _call;

    public Tensor? Forward(Batch batch, BatchAdapters adapters)
    {
        Tensor? logits = inner.Forward(batch, adapters);
        return failsAt(_call++) ? throw new InvalidOperationException("injected fault\n   with a second line") : logits;
    }

    public void Dispose() => inner.Dispose();
}
