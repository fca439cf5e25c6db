using FLoRA.Inference.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>Additive masks of one step for one window: 0 where a position is seen, -inf elsewhere.</summary>
/// <param name="SlidingWindow">The window, or null.</param>
/// <param name="Singles">[sequences, 1, 1, cache places], or null without such sequences or where a kernel needs none.</param>
/// <param name="Chunks">Per chunk [1, 1, tokens, cache places].</param>
internal sealed record AttentionMasks(int? SlidingWindow, Tensor? Singles, IReadOnlyList<Tensor> Chunks)
{
    private static readonly Scalar MinusInfinity = double.NegativeInfinity.ToScalar();

    /// <summary>Makes the masks in the current dispose scope.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="places">int64 [1, capacity]: 0, 1, 2 ...</param>
    /// <param name="blockTokens">Tokens per cache block.</param>
    /// <param name="slidingWindow">Tokens that a position sees, itself included, or null.</param>
    /// <param name="dtype">The engine's type.</param>
    /// <param name="forSingles">Whether the sequences with one token need one.</param>
    public static AttentionMasks For(Batch batch, Tensor places, int blockTokens, int? slidingWindow, ScalarType dtype, bool forSingles)
    {
        using Scalar? window = slidingWindow?.ToScalar();
        Tensor Mask(Tensor seen, long placeCount)
        {
            Tensor range = places.narrow(1, 0, placeCount);
            Tensor hidden = range.ge(seen);
            if (window is not null)
                hidden = hidden.logical_or_(range.lt(seen.sub(window)));
            return zeros([seen.size(0), placeCount], dtype: dtype, device: places.device).masked_fill_(hidden, MinusInfinity);
        }

        Tensor? singles = forSingles && batch.Singles is { } group
            ? Mask(group.Lengths.unsqueeze(1), (long)group.BlockCount * blockTokens).view(group.Count, 1, 1, -1)
            : null;
        var chunks = new List<Tensor>(batch.Chunks.Count);
        foreach (TokenChunk chunk in batch.Chunks)
        {
            Tensor seen = places.narrow(1, chunk.FirstPosition + 1, chunk.Count).t();
            chunks.Add(Mask(seen, (long)chunk.BlockCount * blockTokens).view(1, 1, chunk.Count, -1));
        }

        return new AttentionMasks(slidingWindow, singles, chunks);
    }
}
