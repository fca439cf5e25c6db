using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>The tokens of one step, on the device of the logits; they belong to the caller's dispose scope.</summary>
/// <param name="Ids">Chosen ids, int64 [rows].</param>
/// <param name="Logprobs">
/// Log-probability of each chosen id under the raw logits, float32 [rows]; NaN for rows that did not ask; null if none did.
/// </param>
internal readonly record struct SampledTokens(Tensor Ids, Tensor? Logprobs);
