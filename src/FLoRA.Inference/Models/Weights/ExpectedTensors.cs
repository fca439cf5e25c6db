namespace FLoRA.Inference.Models.Weights;

/// <summary>Every tensor that a blueprint needs from its checkpoint, with its shape.</summary>
internal static class ExpectedTensors
{
    /// <summary>Tensor name -> row-major shape.</summary>
    public static IReadOnlyDictionary<string, long[]> Of(DecoderBlueprint blueprint)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal)
        {
            [blueprint.TokenEmbedding] = [blueprint.VocabularySize, blueprint.HiddenSize],
        };
        if (blueprint.PositionEmbedding is { } positions)
            shapes.Add(positions, [blueprint.ContextLength, blueprint.HiddenSize]);
        if (blueprint.Head is { } head)
            shapes.Add(head, [blueprint.VocabularySize, blueprint.HiddenSize]);
        foreach (var layer in blueprint.Layers)
            AddLayer(shapes, blueprint, layer);
        AddNorm(shapes, blueprint.FinalNorm, blueprint.Norm, blueprint.HiddenSize);
        if (blueprint.Encoder is { } encoder)
            AddEncoder(shapes, blueprint, encoder);
        return shapes;
    }

    private static void AddLayer(Dictionary<string, long[]> shapes, DecoderBlueprint blueprint, LayerBlueprint layer)
    {
        AddNorm(shapes, layer.AttentionNorm, blueprint.Norm, blueprint.HiddenSize);
        AddNorm(shapes, layer.MlpNorm, blueprint.Norm, blueprint.HiddenSize);
        if (layer.QueryNorm is { } queryNorm)
            AddNorm(shapes, queryNorm, NormKind.Rms, blueprint.HeadDim);
        if (layer.KeyNorm is { } keyNorm)
            AddNorm(shapes, keyNorm, NormKind.Rms, blueprint.HeadDim);
        if (layer.Cross is { } cross)
            AddNorm(shapes, cross.Norm, blueprint.Norm, blueprint.HiddenSize);
        foreach (var module in layer.Modules)
        {
            shapes.Add(TensorNames.Weight(module.Path), [module.OutFeatures, module.InFeatures]);
            if (module.HasBias)
                shapes.Add(TensorNames.Bias(module.Path), [module.OutFeatures]);
        }
    }

    private static void AddEncoder(Dictionary<string, long[]> shapes, DecoderBlueprint blueprint, AudioEncoderBlueprint encoder)
    {
        long hidden = blueprint.HiddenSize;
        shapes.Add(encoder.PositionEmbedding, [encoder.Positions, hidden]);
        foreach ((string path, long inputs) in new[] { (encoder.FirstConvolution, encoder.MelBins), (encoder.SecondConvolution, hidden) })
        {
            shapes.Add(TensorNames.Weight(path), [hidden, inputs, AudioEncoderBlueprint.KernelFrames]);
            shapes.Add(TensorNames.Bias(path), [hidden]);
        }

        foreach (var layer in encoder.Layers)
            AddLayer(shapes, blueprint, layer);
        AddNorm(shapes, encoder.FinalNorm, blueprint.Norm, blueprint.HiddenSize);
    }

    private static void AddNorm(Dictionary<string, long[]> shapes, string path, NormKind kind, int width)
    {
        shapes.Add(TensorNames.Weight(path), [width]);
        if (kind == NormKind.Layer)
            shapes.Add(TensorNames.Bias(path), [width]);
    }
}
