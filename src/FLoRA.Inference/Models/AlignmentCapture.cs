using FLoRA.Inference.Kernels;
using FLoRA.Inference.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>Takes down the scores of chosen cross-attention heads for one entry of a step: scaled query x key, before their softmax.</summary>
/// <param name="entry">Whose.</param>
/// <param name="firstToken">Its place on the token axis.</param>
/// <param name="cache">Where the keys are.</param>
/// <param name="positions">Positions of the encoder's result.</param>
/// <param name="heads">Heads of the decoder's attention.</param>
/// <param name="scale">Factor on query x key.</param>
internal sealed class AlignmentCapture(BatchEntry entry, int firstToken, KvCache cache, int positions, int heads, double scale)
{
    private readonly AlignmentProbe _probe = entry.Sequence.Request.Alignment!;
    private readonly Tensor?[] _scores = new Tensor?[entry.Sequence.Request.Alignment!.Heads.Count];

    /// <summary>Whose.</summary>
    public BatchEntry Entry => entry;

    /// <summary>Takes down a layer.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="query">[tokens of the step, heads, head dim].</param>
    public void Take(int layer, Tensor query)
    {
        if (!_probe.Heads.Any(h => h.Layer == layer))
            return;
        Tensor keys = cache.EncodedKeys(layer, entry.Sequence.Audio!.Blocks, positions, heads);
        Tensor own = query.narrow(0, firstToken, entry.Count);
        for (int h = 0; h < _scores.Length; h++)
        {
            if (_probe.Heads[h].Layer == layer)
                _scores[h] = own.select(1, _probe.Heads[h].Head).mm(keys.select(1, _probe.Heads[h].Head).t()).mul(scale);
        }
    }

    /// <summary>float32 [heads, tokens of the entry, positions] on the CPU.</summary>
    public Tensor Scores() => stack([.. _scores.Select(s => s!)], 0).to(ScalarType.Float32).cpu().contiguous();
}
