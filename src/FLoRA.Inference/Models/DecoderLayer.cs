using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>What the layers of a step share.</summary>
/// <param name="Batch">Integer inputs.</param>
/// <param name="Adapters">Adapters.</param>
/// <param name="Angles">Rotary angles, or null.</param>
internal sealed record StepContext(Batch Batch, BatchAdapters Adapters, (Tensor Cosines, Tensor SignedSines)? Angles);

/// <summary>One pre-norm decoder layer: x + attention(norm(x)), with an encoder + cross-attention(norm(x)), then + mlp(norm(x)).</summary>
internal sealed class DecoderLayer : IDisposable
{
    private readonly DecoderBlueprint _blueprint;
    private readonly int _index;
    private readonly Norm _attentionNorm, _mlpNorm;
    private readonly Norm? _queryNorm, _keyNorm;
    private readonly AdaptedLinear _qkv, _attentionOutput, _mlpInput, _mlpOutput;
    private readonly Norm? _crossNorm;
    private readonly AdaptedLinear? _crossQuery, _crossOutput;
    private readonly PagedAttention _attention;
    private readonly RotaryTable? _rotary;

    /// <param name="blueprint">The model.</param>
    /// <param name="index">Number of the layer.</param>
    /// <param name="firstModule">Index of its first module in the bank.</param>
    /// <param name="weights">Its tensors.</param>
    /// <param name="attention">Shared by the layers.</param>
    /// <param name="rotary">Shared by the layers, or null.</param>
    /// <param name="product">x W^T + b.</param>
    /// <param name="adapterRows">Kernel for adapters, or null.</param>
    public DecoderLayer(DecoderBlueprint blueprint, int index, int firstModule, LayerWeights weights, PagedAttention attention, RotaryTable? rotary, MatrixProduct product, AdapterRows? adapterRows)
    {
        _blueprint = blueprint;
        _index = index;
        _attention = attention;
        _rotary = rotary;
        _attentionNorm = new Norm(blueprint.Norm, weights.AttentionNorm.Weight, weights.AttentionNorm.Bias, blueprint.NormEpsilon);
        _mlpNorm = new Norm(blueprint.Norm, weights.MlpNorm.Weight, weights.MlpNorm.Bias, blueprint.NormEpsilon);
        _queryNorm = weights.QueryNorm is null ? null : new Norm(NormKind.Rms, weights.QueryNorm, null, blueprint.NormEpsilon);
        _keyNorm = weights.KeyNorm is null ? null : new Norm(NormKind.Rms, weights.KeyNorm, null, blueprint.NormEpsilon);
        int next = firstModule;
        AdaptedLinear Linear(StackedLinear stacked)
        {
            var adapted = new AdaptedLinear(stacked.Blueprint, next, stacked.Weight, stacked.Bias, product, adapterRows);
            next += stacked.Blueprint.Modules.Count;
            return adapted;
        }

        _qkv = Linear(weights.Qkv);
        _attentionOutput = Linear(weights.AttentionOutput);
        if (weights.Cross is { } cross)
        {
            _crossNorm = new Norm(blueprint.Norm, cross.Norm.Weight, cross.Norm.Bias, blueprint.NormEpsilon);
            _crossQuery = Linear(cross.Query);
            next += cross.KeyValue.Blueprint.Modules.Count; // the encoder's side computes them, once per recording
            _crossOutput = Linear(cross.Output);
        }

        _mlpInput = Linear(weights.MlpInput);
        _mlpOutput = Linear(weights.MlpOutput);
    }

    /// <summary>[tokens, hidden] -> [tokens, hidden].</summary>
    public Tensor Forward(Tensor hidden, StepContext step, AttentionMasks masks)
    {
        Tensor qkv = _qkv.Forward(hidden, _attentionNorm, default, step.Adapters);
        Tensor attended = Attend(qkv, step, masks);
        hidden = _attentionOutput.Forward(attended, null, new Epilogue(EpilogueKind.Residual, Residual: hidden), step.Adapters, consumeInput: true);
        if (_crossQuery is not null)
            hidden = AttendToEncoder(hidden, step);
        Tensor inner = _mlpInput.Forward(hidden, _mlpNorm, new Epilogue(EpilogueKind.Activation, _blueprint.Activation, _blueprint.GatedMlp), step.Adapters);
        return _mlpOutput.Forward(inner, null, new Epilogue(EpilogueKind.Residual, Residual: hidden), step.Adapters, consumeInput: true);
    }

    public void Dispose()
    {
        foreach (IDisposable? part in new IDisposable?[] { _attentionNorm, _mlpNorm, _queryNorm, _keyNorm, _qkv, _attentionOutput, _crossNorm, _crossQuery, _crossOutput, _mlpInput, _mlpOutput })
            part?.Dispose();
    }

    private Tensor AttendToEncoder(Tensor hidden, StepContext step)
    {
        Tensor query = _crossQuery!.Forward(hidden, _crossNorm, default, step.Adapters).view(step.Batch.TokenCount, _blueprint.QueryHeads, _blueprint.HeadDim);
        foreach (AlignmentCapture capture in step.Batch.Alignments)
            capture.Take(_index, query);
        Tensor attended = _attention.ForwardToEncoder(query, _index, step.Batch);
        return _crossOutput!.Forward(attended, null, new Epilogue(EpilogueKind.Residual, Residual: hidden), step.Adapters, consumeInput: true);
    }

    private Tensor Attend(Tensor qkv, StepContext step, AttentionMasks masks)
    {
        long tokens = step.Batch.TokenCount;
        int headDim = _blueprint.HeadDim, queryHeads = _blueprint.QueryHeads, kvHeads = _blueprint.KvHeads;
        if (_blueprint.QkvLayout == QkvLayout.PerHead)
            qkv = qkv.view(tokens, queryHeads, 3, headDim).transpose(1, 2).reshape(tokens, -1);
        Tensor query = qkv.narrow(1, 0, (long)queryHeads * headDim).view(tokens, queryHeads, headDim);
        Tensor keysAndValues = qkv.narrow(1, (long)queryHeads * headDim, 2L * kvHeads * headDim);
        if (step.Angles is not { } angles)
            return _attention.Forward(query, keysAndValues, _index, step.Batch, masks);

        Tensor keys = keysAndValues.narrow(1, 0, (long)kvHeads * headDim).view(tokens, kvHeads, headDim);
        Tensor values = keysAndValues.narrow(1, (long)kvHeads * headDim, (long)kvHeads * headDim);
        if (_queryNorm != null)
            query = _queryNorm.Apply(query);
        if (_keyNorm != null)
            keys = _keyNorm.Apply(keys);
        query = _rotary!.Rotate(query, angles);
        keys = _rotary.Rotate(keys, angles);
        return _attention.Forward(query, cat([keys.view(tokens, -1), values], 1), _index, step.Batch, masks);
    }
}
