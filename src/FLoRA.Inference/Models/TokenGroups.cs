using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>The sequences of a step that compute one token; they attend in one batched product.</summary>
/// <param name="Count">Sequences.</param>
/// <param name="BlockCount">Cache blocks of the longest one.</param>
/// <param name="Places">int64 [count] on the token axis; null: they are the whole axis.</param>
/// <param name="Lengths">int64 [count]: tokens each sees, its own included.</param>
/// <param name="HalfBlocks">int64 [2 x count x blocks]: key halves of all, then value halves.</param>
internal sealed record SingleTokenGroup(int Count, int BlockCount, Tensor? Places, Tensor Lengths, Tensor HalfBlocks);

/// <summary>Several tokens of one sequence in a step.</summary>
/// <param name="FirstToken">Place on the token axis.</param>
/// <param name="Count">Tokens.</param>
/// <param name="FirstPosition">Position of the first.</param>
/// <param name="BlockCount">Cache blocks up to its last position.</param>
/// <param name="HalfBlocks">int64 [2 x blocks].</param>
internal readonly record struct TokenChunk(int FirstToken, int Count, int FirstPosition, int BlockCount, Tensor HalfBlocks)
{
    /// <summary>int64 [2 x blocks of an encoder's result]: its key halves, then its value halves; null for models of text alone.</summary>
    public Tensor? EncoderHalfBlocks { get; init; }
}
