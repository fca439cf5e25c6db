namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Tokens whose cross-attention is asked for.</summary>
internal sealed record AlignmentRequest
{
    /// <summary>Input of the encoder.</summary>
    public required WindowFeatures Features { get; init; }

    /// <summary>Decoder input: <see cref="TextBegin"/> special tokens, the text, the end token.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Index of the first text token.</summary>
    public required int TextBegin { get; init; }

    /// <summary>Adapter; null: base.</summary>
    public string? Adapter { get; init; }
}

/// <summary>How the alignment heads look at the recording.</summary>
/// <param name="Scores">Scaled products of query and key before their softmax, [heads, tokens, positions], row-major.</param>
/// <param name="HeadCount">Alignment heads: those of the vocabulary, else all of the upper half of the layers.</param>
/// <param name="TokenCount">Tokens of the request.</param>
/// <param name="PositionCount">Positions of the encoder.</param>
/// <param name="TextProbabilities">Of each text token at its place: softmax over all ids below the end token.</param>
internal sealed record AlignmentScores(ReadOnlyMemory<float> Scores, int HeadCount, int TokenCount, int PositionCount, IReadOnlyList<double> TextProbabilities);
