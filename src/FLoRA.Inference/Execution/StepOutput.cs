using FLoRA.Inference.Models;

namespace FLoRA.Inference.Execution;

/// <summary>What a step brought for one entry, on the host.</summary>
/// <param name="Entry">Which.</param>
/// <param name="Finite">False: its logits hold a NaN or an infinity.</param>
/// <param name="TokenId">The chosen token; -1 where none was asked for.</param>
/// <param name="Logprob">Of that token under the raw logits; null unless asked for.</param>
/// <param name="PromptLogprobs">Score requests: log-probabilities of the tokens after the computed positions.</param>
/// <param name="Top">Score requests, last chunk: the best ids and logits.</param>
internal readonly record struct StepOutput(
    BatchEntry Entry,
    bool Finite,
    int TokenId,
    float? Logprob,
    float[]? PromptLogprobs,
    (int Id, float Logit)[]? Top)
{
    /// <summary>Of an alignment; null: not asked for.</summary>
    public AlignmentPart? Alignment { get; init; }

    /// <summary>Of a beam: its most likely tokens; null: no beam.</summary>
    public IReadOnlyList<(int Id, float Logprob)>? Offers { get; init; }

    /// <summary>Probabilities that were asked for and belong to this step; null: none.</summary>
    public float[]? Probe { get; init; }
}
