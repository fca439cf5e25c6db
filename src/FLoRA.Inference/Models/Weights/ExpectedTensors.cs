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
        foreach (var module in new[] { layer.Qkv, layer.AttentionOutput, layer.MlpInput, layer.MlpOutput }.SelectMany(l => l.Modules))
        {
            shapes.Add(TensorNames.Weight(module.Path), [module.OutFeatures, module.InFeatures]);
            if (module.HasBias)
                shapes.Add(TensorNames.Bias(module.Path), [module.OutFeatures]);
        }
    }

    private static void AddNorm(Dictionary<string, long[]> shapes, string path, NormKind kind, int width)
    {
        shapes.Add(TensorNames.Weight(path), [width]);
        if (kind == NormKind.Layer)
            shapes.Add(TensorNames.Bias(path), [width]);
    }
}
