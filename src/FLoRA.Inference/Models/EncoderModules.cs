namespace FLoRA.Inference.Models;

/// <summary>The encoder's linear layers with the index of their first module in the adapter bank: the decoder's modules come first there.</summary>
internal static class EncoderModules
{
    /// <summary>Per decoder layer [key; value] of cross-attention.</summary>
    public static IEnumerable<(StackedLinear Linear, int FirstModule)> CrossKeyValues(DecoderWeights weights)
    {
        int next = 0;
        foreach (LayerWeights layer in weights.Layers)
        {
            foreach (StackedLinear stacked in layer.Linears)
            {
                if (ReferenceEquals(stacked, layer.Cross!.KeyValue))
                    yield return (stacked, next);
                next += stacked.Blueprint.Modules.Count;
            }
        }
    }

    /// <summary>The encoder's layers.</summary>
    public static IEnumerable<(LayerWeights Layer, int FirstModule)> Layers(DecoderBlueprint blueprint, DecoderWeights weights)
    {
        int next = blueprint.Layers.Sum(l => l.Modules.Count());
        for (int l = 0; l < weights.Encoder!.Layers.Count; l++)
        {
            yield return (weights.Encoder.Layers[l], next);
            next += blueprint.Encoder!.Layers[l].Modules.Count();
        }
    }
}
