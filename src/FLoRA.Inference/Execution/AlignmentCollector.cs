using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Execution;

/// <summary>A part of an alignment, from one step.</summary>
/// <param name="Scores">[heads, tokens of the part, positions].</param>
/// <param name="TextProbabilities">Of the text tokens that follow the tokens of the part.</param>
internal sealed record AlignmentPart(float[] Scores, float[] TextProbabilities);

/// <summary>Gathers how a scored prompt looks at its recording over the prompt's chunks.</summary>
/// <param name="probe">What was asked.</param>
/// <param name="tokenCount">Tokens of the prompt, the last of which is no text.</param>
/// <param name="positions">Positions of the encoder's result.</param>
internal sealed class AlignmentCollector(AlignmentProbe probe, int tokenCount, int positions)
{
    /// <summary>Number that the engine gave the request; the one in <see cref="StepTrace"/>.</summary>
    public long RequestId { get; set; }

    /// <summary>[heads, tokens, positions].</summary>
    public float[] Scores { get; } = new float[(long)probe.Heads.Count * tokenCount * positions];

    /// <summary>Per text token.</summary>
    public float[] TextProbabilities { get; } = new float[tokenCount - 1 - probe.TextBegin];

    /// <summary>Takes the part of tokens [start, start + count).</summary>
    public void Add(int start, int count, AlignmentPart part)
    {
        for (int head = 0; head < probe.Heads.Count; head++)
            part.Scores.AsSpan(head * count * positions, count * positions).CopyTo(Scores.AsSpan(((head * tokenCount) + start) * positions));
        if (part.TextProbabilities.Length > 0)
            part.TextProbabilities.CopyTo(TextProbabilities, Math.Max(0, start + 1 - probe.TextBegin));
    }
}
