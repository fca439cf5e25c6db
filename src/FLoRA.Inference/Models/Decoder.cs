using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>
/// The decoder as a torch composition: embedding, layers, last norm, head. One class for every family; what differs is the
/// blueprint. Owns the weights. Used by the engine thread only.
/// </summary>
internal sealed class Decoder : IForwardPass
{
    private readonly DecoderBlueprint _blueprint;
    private readonly DecoderWeights _weights;
    private readonly KvCache _cache;
    private readonly MatrixProduct _product;
    private readonly ScalarType _dtype;
    private readonly Norm _finalNorm;
    private readonly Tensor _headTransposed;
    private readonly Tensor _places;
    private readonly RotaryTable? _rotary;
    private readonly PagedAttention _attention;
    private readonly DecoderLayer[] _layers;
    private readonly int?[] _windows;

    /// <param name="blueprint">The model.</param>
    /// <param name="weights">Its tensors; owned from here on.</param>
    /// <param name="cache">Keys and values; not owned.</param>
    /// <param name="maxPositions">Most positions of one sequence.</param>
    /// <param name="cpu">libtorch's C functions where the engine computes in float32 on the CPU; else null.</param>
    /// <param name="adapterRows">Kernel for adapters, or null: torch composes them.</param>
    /// <param name="threads">Kernel threads.</param>
    /// <param name="dtype">The engine's type.</param>
    /// <param name="device">Where.</param>
    public Decoder(DecoderBlueprint blueprint, DecoderWeights weights, KvCache cache, int maxPositions, TorchCpuLibrary? cpu, AdapterRows? adapterRows, int threads, ScalarType dtype, Device device)
    {
        _blueprint = blueprint;
        _weights = weights;
        _cache = cache;
        _dtype = dtype;
        _product = MatrixProduct.For(cpu, threads);
        using var scope = NewDisposeScope();
        _finalNorm = new Norm(blueprint.Norm, weights.FinalNorm.Weight, weights.FinalNorm.Bias, blueprint.NormEpsilon);
        _headTransposed = weights.Head!.t().DetachFromDisposeScope();
        _places = arange(maxPositions + cache.BlockTokens + 1, dtype: ScalarType.Int64, device: device).unsqueeze(0).DetachFromDisposeScope();
        _rotary = blueprint.Rotary is { } rotary ? new RotaryTable(rotary.InverseFrequencies, maxPositions, dtype, device) : null;
        _attention = new PagedAttention(cache, blueprint.QueryHeads, blueprint.KvHeads, blueprint.HeadDim, blueprint.AttentionScale, cpu);
        _layers = new DecoderLayer[blueprint.Layers.Count];
        int firstModule = 0;
        for (int l = 0; l < _layers.Length; l++)
        {
            _layers[l] = new DecoderLayer(blueprint, l, firstModule, weights.Layers[l], _attention, _rotary, _product, adapterRows);
            firstModule += blueprint.Layers[l].Modules.Count();
        }

        _windows = [.. blueprint.Layers.Select(l => l.SlidingWindow).Distinct()];
    }

    /// <inheritdoc/>
    public PromptForming? Forming => _places.device_type == TorchSharp.DeviceType.CUDA ? PromptForming.OfCuda : PromptForming.OfTorch;

    /// <inheritdoc/>
    public Tensor? Forward(Batch batch, BatchAdapters adapters)
    {
        Tensor hidden = _weights.TokenEmbedding!.index_select(0, batch.TokenIds);
        if (_weights.PositionEmbedding is { } positions)
            hidden = hidden.add_(positions.index_select(0, batch.Positions));
        var step = new StepContext(batch, adapters, _rotary?.At(batch.Positions));
        AttentionMasks[] masks = [.. _windows.Select(w => AttentionMasks.For(batch, _places, _cache.BlockTokens, w, _dtype, _attention.NeedsSinglesMask))];
        for (int l = 0; l < _layers.Length; l++)
            hidden = Layer(l, hidden, step, masks[Array.IndexOf(_windows, _blueprint.Layers[l].SlidingWindow)]);
        if (batch.LogitRows is not { } logitRows)
            return null;
        if (!batch.LogitsOfAllTokens)
            hidden = hidden.index_select(0, logitRows);
        Tensor logits = _product.Apply(_finalNorm.Apply(hidden), _weights.Head!, _headTransposed, null);
        return _dtype == ScalarType.Float32 ? logits : logits.to(ScalarType.Float32);
    }

    /// <summary>One layer in a scope of its own: what all layers of a long prompt make together would be many times the weights. What alignments take down lives as long as the step.</summary>
    private Tensor Layer(int index, Tensor hidden, StepContext step, AttentionMasks masks)
    {
        if (step.Batch.Alignments.Count > 0)
            return _layers[index].Forward(hidden, step, masks);
        using DisposeScope scope = NewDisposeScope();
        Tensor result = _layers[index].Forward(hidden, step, masks).MoveToOuterDisposeScope();
        hidden.Dispose();
        return result;
    }

    public void Dispose()
    {
        foreach (DecoderLayer layer in _layers)
            layer.Dispose();
        _attention.Dispose();
        _rotary?.Dispose();
        _finalNorm.Dispose();
        _headTransposed.Dispose();
        _places.Dispose();
        _weights.Dispose();
    }
}
