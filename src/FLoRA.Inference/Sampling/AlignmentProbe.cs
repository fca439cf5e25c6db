namespace FLoRA.Inference.Sampling;

/// <summary>Asks a scored prompt of a speech model how it looks at the recording.</summary>
/// <param name="Heads">Cross-attention heads.</param>
/// <param name="TextBegin">First token of the prompt that is text.</param>
/// <param name="TextEndToken">Ids from here on are no text: the probabilities are over those below.</param>
internal sealed record AlignmentProbe(IReadOnlyList<(int Layer, int Head)> Heads, int TextBegin, int TextEndToken);
