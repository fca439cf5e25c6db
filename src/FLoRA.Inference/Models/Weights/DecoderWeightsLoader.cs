using static TorchSharp.torch;

namespace FLoRA.Inference.Models.Weights;

/// <summary>Builds <see cref="DecoderWeights"/> from checked tensors; frees what was allocated where reading fails.</summary>
internal sealed class DecoderWeightsLoader(
    DecoderBlueprint blueprint, IReadOnlyDictionary<string, StoredTensor> tensors, WeightReader reader, ScalarType dtype)
{
    private readonly List<Tensor> _owned = [];

    /// <summary>Reads everything.</summary>
    /// <exception cref="ModelLoadException">A file cannot be read, or memory runs out.</exception>
    public DecoderWeights Load()
    {
        try
        {
            var embedding = Single(blueprint.TokenEmbedding);
            var positions = blueprint.PositionEmbedding is { } name ? Single(name) : null;
            LayerWeights[] layers = [.. blueprint.Layers.Select(Layer)];
            var finalNorm = Norm(blueprint.FinalNorm);
            var head = blueprint.Head is { } own ? Single(own) : embedding;
            var encoder = blueprint.Encoder is { } audio ? Encoder(audio) : null;
            var parameterCount = _owned.Sum(t => t.numel());
            return new DecoderWeights(_owned)
            {
                TokenEmbedding = embedding,
                PositionEmbedding = positions,
                Layers = layers,
                FinalNorm = finalNorm,
                Head = head,
                Encoder = encoder,
                ParameterCount = parameterCount,
                ByteCount = parameterCount * (dtype == ScalarType.Float32 ? sizeof(float) : sizeof(ushort)),
            };
        }
        catch
        {
            _owned.ForEach(t => t.Dispose());
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
        (Single(TensorNames.Weight(encoder.SecondConvolution)), Single(TensorNames.Bias(encoder.SecondConvolution))),
        Single(encoder.PositionEmbedding),
        [.. encoder.Layers.Select(Layer)],
        Norm(encoder.FinalNorm));

    private NormWeights Norm(string path) => new(
        Single(TensorNames.Weight(path)),
        blueprint.Norm == NormKind.Layer ? Single(TensorNames.Bias(path)) : null);

    private StackedLinear Stack(LinearBlueprint linear) => new(
        linear,
        Join([linear.OutFeatures, linear.InFeatures], linear.Modules.Select(m => TensorNames.Weight(m.Path))),
        linear.HasBias ? StackBias(linear) : null);

    /// <summary>The modules' biases one after the other; zeros for a module without.</summary>
    private Tensor StackBias(LinearBlueprint linear)
    {
        var destination = reader.Allocate(linear.OutFeatures);
        _owned.Add(destination);
        long offset = 0;
        foreach (var module in linear.Modules)
        {
            if (module.HasBias)
                reader.Read(tensors[TensorNames.Bias(module.Path)], destination, offset);
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

    private Tensor Single(string name) => Join([.. tensors[name].Entry.Shape], [name]);

    /// <summary>A new tensor that holds the named ones one after the other along the first axis.</summary>
    private Tensor Join(long[] shape, IEnumerable<string> names)
    {
        var destination = reader.Allocate(shape);
        _owned.Add(destination);
        long offset = 0;
        foreach (var stored in names.Select(n => tensors[n]))
        {
            reader.Read(stored, destination, offset);
            offset += stored.Entry.ElementCount;
        }

        return destination;
    }
}
