namespace FLoRA.Inference.Text.Tokenization;

/// <summary>A part of a text.</summary>
/// <param name="Start">First UTF-16 unit.</param>
/// <param name="Length">In UTF-16 units.</param>
internal readonly record struct Section(int Start, int Length)
{
    /// <summary>One past the last unit.</summary>
    public int End => Start + Length;
}
