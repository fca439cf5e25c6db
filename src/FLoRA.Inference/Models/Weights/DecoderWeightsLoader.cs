using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models.Weights;

/// <summary>Builds <see cref="DecoderWeights"/> from checked tensors; frees what was allocated where reading fails.</summary>
/// <param name="blueprint">The model.</param>
/// <param name="source">Its tensors.</param>
/// <param name="dtype">The engine's type.</param>
/// <param name="isEightBit">Matrices are rounded to eight bits; the rest is of the engine's type.</param>
internal sealed class DecoderWeightsLoader(DecoderBlueprint blueprint, IWeightSource source, ScalarType dtype, bool isEightBit)
{
    private readonly List<Tensor> _owned = [];
    private readonly List<Int8Weight> _eightBit = [];

    /// <summary>Reads everything.</summary>
    /// <exception cref="ModelLoadException">A file cannot be read, or memory runs out.</exception>
    public DecoderWeights Load()
    {
        try
        {
            Int8Weight? eightBitEmbedding = isEightBit ? EightBit(blueprint.TokenEmbedding) : null;
            Int8Weight? eightBitHead = isEightBit && blueprint.Head is { } ownHead ? EightBit(ownHead) : eightBitEmbedding;
            Tensor? embedding = isEightBit ? null : Single(blueprint.TokenEmbedding);
            var positions = blueprint.PositionEmbedding is { } name ? Single(name) : null;
            LayerWeights[] layers = [.. blueprint.Layers.Select(Layer)];
            var finalNorm = Norm(blueprint.FinalNorm);
            Tensor? head = !isEightBit && blueprint.Head is { } own ? Single(own) : embedding;
            var encoder = blueprint.Encoder is { } audio ? Encoder(audio) : null;
            long parameterCount = _owned.Sum(t => t.numel());
            return new DecoderWeights([.. _owned, .. _eightBit])
            {
                EightBitEmbedding = eightBitEmbedding,
                EightBitHead = eightBitHead,
                TokenEmbedding = embedding,
                PositionEmbedding = positions,
                Layers = layers,
                FinalNorm = finalNorm,
                Head = head,
                Encoder = encoder,
                ParameterCount = parameterCount + _eightBit.Sum(w => (long)w.OutFeatures * w.InFeatures),
                ByteCount = (parameterCount * (dtype == ScalarType.Float32 ? sizeof(float) : sizeof(ushort))) + _eightBit.Sum(w => w.ByteCount),
            };
        }
        catch
        {
            _owned.ForEach(t => t.Dispose());
            _eightBit.ForEach(w => w.Dispose());
            throw;
        }
    }

    private LayerWeights Layer(LayerBlueprint layer) => new(
        Norm(layer.AttentionNorm),
        Stack(layer.Qkv),
        layer.QueryNorm is { } queryNorm ? Single(TensorNames.Weight(queryNorm)) : null,
        layer.KeyNorm is { } keyNorm ? Single(TensorNames.Weight(keyNorm)) : null,
        Stack(layer.AttentionOutput),
        Norm(layer.MlpNorm),
        Stack(layer.MlpInput),
        Stack(layer.MlpOutput))
    {
        Cross = layer.Cross is { } cross ? new CrossAttentionWeights(Norm(cross.Norm), Stack(cross.Query), Stack(cross.KeyValue), Stack(cross.Output)) : null,
    };

    private AudioEncoderWeights Encoder(AudioEncoderBlueprint encoder) => new(
        (Single(TensorNames.Weight(encoder.FirstConvolution)), Single(TensorNames.Bias(encoder.FirstConvolution))),
        (isEightBit ? null : Single(TensorNames.Weight(encoder.SecondConvolution)), Single(TensorNames.Bias(encoder.SecondConvolution))),
        Single(encoder.PositionEmbedding),
        [.. encoder.Layers.Select(Layer)],
        Norm(encoder.FinalNorm))
    {
        EightBitConvolution = isEightBit ? EightBitConvolution(TensorNames.Weight(encoder.SecondConvolution)) : null,
    };

    private NormWeights Norm(string path) => new(
        Single(TensorNames.Weight(path)),
        blueprint.Norm == NormKind.Layer ? Single(TensorNames.Bias(path)) : null);

    private StackedLinear Stack(LinearBlueprint linear) => new(
        linear,
        isEightBit ? null : Join([linear.OutFeatures, linear.InFeatures], linear.Modules.Select(m => TensorNames.Weight(m.Path))),
        linear.HasBias ? StackBias(linear) : null)
    {
        EightBit = isEightBit ? [.. linear.Modules.Select(m => EightBit(TensorNames.Weight(m.Path)))] : [],
    };

    private Int8Weight EightBit(string name)
    {
        long[] shape = source.Shape(name);
        var weight = new Int8Weight((int)shape[0], (int)shape[1], Int8Paths.Best);
        _eightBit.Add(weight);
        source.Read(name, weight);
        return weight;
    }

    /// <summary>A kernel [out, in, frames] -> [out, frames x in].</summary>
    private Int8Weight EightBitConvolution(string name)
    {
        long[] shape = source.Shape(name);
        int channels = (int)shape[1], frames = (int)shape[2];
        using var asStored = new Int8Weight((int)shape[0], channels * frames, Int8Paths.Best);
        source.Read(name, asStored);
        var byFrame = new Int8Weight((int)shape[0], channels * frames, Int8Paths.Best);
        _eightBit.Add(byFrame);
        byFrame.TakeInputs(asStored, [.. Enumerable.Range(0, frames).SelectMany(frame => Enumerable.Range(0, channels).Select(channel => (channel * frames) + frame))]);
        return byFrame;
    }

    /// <summary>The modules' biases one after the other; zeros for a module without.</summary>
    private Tensor StackBias(LinearBlueprint linear)
    {
        var destination = source.Allocate(linear.OutFeatures);
        _owned.Add(destination);
        long offset = 0;
        foreach (var module in linear.Modules)
        {
            if (module.HasBias)
                source.Read(TensorNames.Bias(module.Path), destination, offset);
            else
                Zero(destination, offset, module.OutFeatures);
            offset += module.OutFeatures;
        }

        return destination;
    }

    private static void Zero(Tensor destination, long offset, long count)
    {
        using var part = destination.narrow(0, offset, count);
        using var zeroed = part.zero_();
    }

    private Tensor Single(string name) => Join(source.Shape(name), [name]);

    /// <summary>A new tensor that holds the named ones one after the other along the first axis.</summary>
    private Tensor Join(long[] shape, IEnumerable<string> names)
    {
        var destination = source.Allocate(shape);
        _owned.Add(destination);
        long offset = 0;
        foreach (string name in names)
        {
            source.Read(name, destination, offset);
            offset += source.Shape(name).Aggregate(1L, (a, b) => a * b);
        }

        return destination;
    }
}
