namespace FLoRA.Inference.Models.Configuration;

/// <summary>
/// Bounds on the sizes of a configuration: far above any published model, low enough that no product of two overflows an int
/// where it is used as one.
/// </summary>
internal static class SizeLimits
{
    /// <summary>Width of the residual stream.</summary>
    public const int HiddenSize = 1 << 17;

    /// <summary>Width inside the feed-forward part.</summary>
    public const int IntermediateSize = 1 << 20;

    /// <summary>Query heads, and key/value heads.</summary>
    public const int Heads = 1 << 12;

    /// <summary>Width of one head.</summary>
    public const int HeadDim = 1 << 12;

    /// <summary>Layers.</summary>
    public const int Layers = 1 << 12;

    /// <summary>Entries of the vocabulary.</summary>
    public const int Vocabulary = 1 << 24;

    /// <summary>Positions.</summary>
    public const int Positions = 1 << 24;
}
