using FLoRA.Inference.Adapters;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>A way to compute a step: the torch composition today, fused or int8 kernels beside it.</summary>
internal interface IForwardPass : IDisposable
{
    /// <summary>When weights are formed under an adapter for a prompt; null: never.</summary>
    PromptForming? Forming => null;

    /// <summary>Computes the step's tokens, writes their keys and values to the cache.</summary>
    /// <returns>Logits float32 [logit rows, vocabulary], or null where no entry needs any. In the current dispose scope.</returns>
    Tensor? Forward(Batch batch, BatchAdapters adapters);
}
