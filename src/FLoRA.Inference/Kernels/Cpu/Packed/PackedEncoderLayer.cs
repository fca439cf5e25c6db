using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// One layer of an audio encoder, fused: x + attention(norm(x)), then + mlp(norm(x)), in two passes over tiles of rows. The first makes queries, keys and values; the second does everything
/// else, which concerns a row alone once all keys and values are there. Between them is the only barrier, so recordings with different adapters share threads and not products, and a row
/// gets the same numbers in any company and on any number of threads.
/// </summary>
internal sealed class PackedEncoderLayer : IDisposable
{
    /// <param name="library">Data pointers and threads.</param>
    /// <param name="weights">The layer's tensors, float32 on the CPU; must outlive this.</param>
    /// <param name="firstModule">Index of its first module in the bank.</param>
    /// <param name="bank">The installed adapters.</param>
    public PackedEncoderLayer(TorchCpuLibrary library, LayerWeights weights, int firstModule, AdapterBank bank)
    {
        int next = firstModule;
        PackedLinear Linear(StackedLinear stacked)
        {
            var linear = new PackedLinear(library, stacked, next, bank);
            next += stacked.Blueprint.Modules.Count;
            return linear;
        }

        AttentionNorm = new PackedNorm(library, weights.AttentionNorm);
        MlpNorm = new PackedNorm(library, weights.MlpNorm);
        Qkv = Linear(weights.Qkv);
        AttentionOutput = Linear(weights.AttentionOutput);
        MlpInput = Linear(weights.MlpInput);
        MlpOutput = Linear(weights.MlpOutput);
    }

    /// <summary>Norm before the attention.</summary>
    public PackedNorm AttentionNorm { get; }

    /// <summary>Norm before the feed-forward part.</summary>
    public PackedNorm MlpNorm { get; }

    /// <summary>Query, key, value.</summary>
    public PackedLinear Qkv { get; }

    /// <summary>Output of the attention.</summary>
    public PackedLinear AttentionOutput { get; }

    /// <summary>Up.</summary>
    public PackedLinear MlpInput { get; }

    /// <summary>Down.</summary>
    public PackedLinear MlpOutput { get; }

    public void Dispose()
    {
        foreach (PackedLinear linear in (PackedLinear[])[Qkv, AttentionOutput, MlpInput, MlpOutput])
            linear.Dispose();
    }
}
