namespace FLoRA.Inference.Adapters;

/// <summary>How a step computes LoRA's y += U (D x). Users get <see cref="Fastest"/>; the others are what it is measured against.</summary>
internal enum LoraForm
{
    /// <summary>Each token takes its own adapter's rows where they lie, in the type that is best for them.</summary>
    Fastest,

    /// <summary>The baseline of Wen and Chaudhuri 2024 in its best shape: D and U of the batch in float32, gathered once for as long as its composition stays, one pair of batched products per layer on the same threads.</summary>
    BatchedProduct,

    /// <summary>The same with D and U gathered anew in every layer of every step.</summary>
    NaiveBatchedProduct,
}
