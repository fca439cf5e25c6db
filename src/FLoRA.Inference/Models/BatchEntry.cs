using FLoRA.Inference.Adapters;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Models;

/// <summary>One sequence's part of a step, on the flat token axis.</summary>
/// <param name="Sequence">Whose.</param>
/// <param name="Adapter">Its adapter in the bank; null: base.</param>
/// <param name="Start">First position to compute.</param>
/// <param name="Count">Positions to compute.</param>
/// <param name="LogitCount">Of these, how many of the last need logits: 0, 1, or all (score).</param>
/// <param name="Samples">A token is chosen after the last one.</param>
internal readonly record struct BatchEntry(Sequence Sequence, InstalledAdapter? Adapter, int Start, int Count, int LogitCount, bool Samples = true)
{
    /// <summary>Which of the sequence's beams; -1: it has none, or they have not parted yet.</summary>
    public int Beam { get; init; } = -1;

    /// <summary>Block table.</summary>
    public List<int> Blocks => Beam < 0 ? Sequence.Blocks : Sequence.Beams!.Tables[Beam];

    /// <summary>Its first positions that are multiplied by formed weights.</summary>
    public int FormedTokens => Sequence.FormsPrompt ? Math.Clamp(Sequence.PromptTokens - Start, 0, Count) : 0;

    /// <summary>Token at a position that is computed.</summary>
    public int TokenAt(int position) => Beam < 0 ? Sequence.Tokens[position] : Sequence.Beams!.NewestTokens[Beam];

    /// <summary>The prompt token after which probabilities are asked for, if it is computed in this step.</summary>
    public TokenProbe? Probe => Sequence.Request.Probe is { } probe && probe.PromptIndex >= Start && probe.PromptIndex < Start + Count ? probe : null;
}
