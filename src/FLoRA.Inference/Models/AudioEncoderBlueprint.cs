namespace FLoRA.Inference.Models;

/// <summary>Whisper's encoder, configured: two convolutions over log-mel frames, positions, layers without a mask, a last norm.</summary>
internal sealed record AudioEncoderBlueprint
{
    /// <summary>Frames that a convolution sees at a time.</summary>
    public const int KernelFrames = 3;

    /// <summary>Bins of the log-mel spectrogram.</summary>
    public required int MelBins { get; init; }

    /// <summary>Positions of the result (<c>max_source_positions</c>); the second convolution halves the frames.</summary>
    public required int Positions { get; init; }

    /// <summary>Attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Path of the first convolution, [hidden, mel bins, 3].</summary>
    public required string FirstConvolution { get; init; }

    /// <summary>Path of the second convolution, [hidden, hidden, 3], stride 2.</summary>
    public required string SecondConvolution { get; init; }

    /// <summary>Tensor name of the positions [positions, hidden].</summary>
    public required string PositionEmbedding { get; init; }

    /// <summary>The layers, in order.</summary>
    public required IReadOnlyList<LayerBlueprint> Layers { get; init; }

    /// <summary>Path of the last norm.</summary>
    public required string FinalNorm { get; init; }

    /// <summary>Frames of a window.</summary>
    public int Frames => 2 * Positions;
}
