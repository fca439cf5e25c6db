using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>One decoder layer's weights, packed, and where its query, key and value lie in the stacked product.</summary>
internal sealed class PackedDecoderLayer : IDisposable
{
    /// <param name="library">Gives data pointers.</param>
    /// <param name="blueprint">The model.</param>
    /// <param name="index">Number of the layer.</param>
    /// <param name="weights">Its tensors, float32 on the CPU; must outlive this.</param>
    /// <param name="firstModule">Index of its first module in the bank.</param>
    /// <param name="batching">See <see cref="StepLinear"/>.</param>
    public PackedDecoderLayer(TorchCpuLibrary library, DecoderBlueprint blueprint, int index, LayerWeights weights, int firstModule, LoraBatching? batching)
    {
        float epsilon = (float)blueprint.NormEpsilon;
        int next = firstModule;
        StepLinear Linear(StackedLinear stacked, NormWeights? norm)
        {
            var linear = new StepLinear(library, stacked, next, norm is null ? null : new PackedNorm(library, norm), epsilon, batching);
            next += stacked.Blueprint.Modules.Count;
            return linear;
        }

        Qkv = Linear(weights.Qkv, weights.AttentionNorm);
        AttentionOutput = Linear(weights.AttentionOutput, null);
        if (weights.Cross is { } cross)
        {
            CrossQuery = Linear(cross.Query, cross.Norm);
            next += cross.KeyValue.Blueprint.Modules.Count; // the encoder's side computes them, once per recording
            CrossOutput = Linear(cross.Output, null);
        }

        MlpInput = Linear(weights.MlpInput, weights.MlpNorm);
        MlpOutput = Linear(weights.MlpOutput, null);
        QueryNorm = weights.QueryNorm is null ? null : new PackedNorm(library, new NormWeights(weights.QueryNorm, null));
        KeyNorm = weights.KeyNorm is null ? null : new PackedNorm(library, new NormWeights(weights.KeyNorm, null));
        SlidingWindow = blueprint.Layers[index].SlidingWindow;
        int headDim = blueprint.HeadDim;
        bool perHead = blueprint.QkvLayout == QkvLayout.PerHead;
        QueryHeadStride = perHead ? 3 * headDim : headDim;
        KeyHeadStride = QueryHeadStride;
        KeyOffset = perHead ? headDim : blueprint.QueryHeads * headDim;
        ValueOffset = perHead ? 2 * headDim : (blueprint.QueryHeads + blueprint.KvHeads) * headDim;
    }

    /// <summary>Query, key and value with the norm before.</summary>
    public StepLinear Qkv { get; }

    /// <summary>Output of the attention.</summary>
    public StepLinear AttentionOutput { get; }

    /// <summary>Query of the attention to an encoder's result, with the norm before; null: none.</summary>
    public StepLinear? CrossQuery { get; }

    /// <summary>Output of that attention.</summary>
    public StepLinear? CrossOutput { get; }

    /// <summary>Up, or gate and up, with the norm before.</summary>
    public StepLinear MlpInput { get; }

    /// <summary>Down.</summary>
    public StepLinear MlpOutput { get; }

    /// <summary>Per head, or null.</summary>
    public PackedNorm? QueryNorm { get; }

    /// <summary>Per head, or null.</summary>
    public PackedNorm? KeyNorm { get; }

    /// <summary>Tokens that a position sees, itself included; null: all before it.</summary>
    public int? SlidingWindow { get; }

    /// <summary>Of the first query head in a token's stacked row.</summary>
    public int QueryOffset { get; }

    /// <summary>Of the first key head.</summary>
    public int KeyOffset { get; }

    /// <summary>Of the first value head.</summary>
    public int ValueOffset { get; }

    /// <summary>From query head to query head.</summary>
    public int QueryHeadStride { get; }

    /// <summary>From key head to key head, and from value head to value head.</summary>
    public int KeyHeadStride { get; }

    /// <summary>All of them.</summary>
    public IEnumerable<StepLinear> Linears => ((StepLinear?[])[Qkv, AttentionOutput, CrossQuery, CrossOutput, MlpInput, MlpOutput]).OfType<StepLinear>();

    public void Dispose()
    {
        foreach (StepLinear linear in Linears)
            linear.Dispose();
    }
}
