using FLoRA.Benchmarks.Rooflines;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Runs;

/// <summary>What a step has to do at least, from the model's configuration.</summary>
/// <param name="Bytes">Weights once, keys and values that are read, adapters.</param>
/// <param name="MultiplyAdds">Of the products with weights; attention is not counted.</param>
internal readonly record struct StepWork(long Bytes, long MultiplyAdds)
{
    /// <summary>A step of <paramref name="tokens"/> tokens.</summary>
    /// <param name="blueprint">The model.</param>
    /// <param name="dtype">int8, float32, bfloat16 or float16.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="logitRows">Tokens whose logits are wanted.</param>
    /// <param name="seen">Positions that all tokens' sequences hold together.</param>
    /// <param name="load">Adapters.</param>
    /// <param name="adapters">How many of them are in the step.</param>
    /// <param name="arePrompts">The tokens are prompts, for which an adapter's weight may be formed once: a multiply-add per rank and weight in place of rows.</param>
    public static StepWork Of(DecoderBlueprint blueprint, string dtype, int tokens, int logitRows, double seen, AdapterLoad load, int adapters, bool arePrompts = false)
    {
        long head = (long)blueprint.VocabularySize * blueprint.HiddenSize, weightBytes = MatrixBytes(dtype, head, blueprint.VocabularySize), adapterBytes = 0, multiplyAdds = logitRows * head;
        long rows = (long)tokens * load.Rows;
        if (arePrompts && load.Rows > 1)
            rows = Math.Min(rows, tokens + ((long)adapters * load.Rows));
        foreach (ModuleBlueprint module in blueprint.Layers.SelectMany(TokenModules))
        {
            weightBytes += WeightBytes(dtype, module);
            multiplyAdds += rows * module.InFeatures * module.OutFeatures;
            if (!load.Any)
                continue;
            adapterBytes += load.Rank * AdapterBytes(dtype, load.Kind, module);
            if (load.Kind.IsAdditive)
                multiplyAdds += (long)tokens * load.Rank * (module.InFeatures + module.OutFeatures);
        }

        int cacheNumber = NumberBytes(dtype) == sizeof(ushort) ? sizeof(ushort) : sizeof(float);
        long cache = (long)(seen * blueprint.Layers.Count * 2 * blueprint.KvHeads * blueprint.HeadDim * cacheNumber);
        return new StepWork(weightBytes + cache + (adapterBytes * adapters), multiplyAdds);
    }

    /// <summary>Of a module's weight; in eight bits with its scales.</summary>
    public static long WeightBytes(string dtype, ModuleBlueprint module) => MatrixBytes(dtype, (long)module.InFeatures * module.OutFeatures, module.OutFeatures);

    /// <summary>What a token goes through: keys and values of cross-attention are made of the recording.</summary>
    private static IEnumerable<ModuleBlueprint> TokenModules(LayerBlueprint layer) =>
        layer.Linears.Where(linear => !ReferenceEquals(linear, layer.Cross?.KeyValue)).SelectMany(linear => linear.Modules);

    private static int NumberBytes(string dtype) => dtype switch { "int8" => sizeof(sbyte), "float32" => sizeof(float), _ => sizeof(ushort) };

    private static long MatrixBytes(string dtype, long numbers, long scales) => (numbers * NumberBytes(dtype)) + (dtype == "int8" ? scales * sizeof(float) : 0);

    /// <summary>Of one rank on one module: beside eight bits A and B have sixteen, LoRA's pair has eight and a scale, or for batched products float32.</summary>
    private static long AdapterBytes(string dtype, AdapterLoadKind kind, ModuleBlueprint module)
    {
        long numbers = module.InFeatures + module.OutFeatures;
        if (dtype == "int8" && kind.IsAdditive)
            return kind == AdapterLoadKind.LoraGathered ? numbers + sizeof(float) : numbers * sizeof(float);
        return numbers * (dtype == "float32" ? sizeof(float) : sizeof(ushort));
    }

    /// <summary>The shortest time that the machine can take, in ms.</summary>
    public double LimitMs(Roofline roofline, string dtype, bool isPrefill) =>
        1e3 * Math.Max(Bytes / (roofline.WeightReadGBPerS * 1e9), MultiplyAdds / (roofline.Gops(dtype == "int8", isPrefill) * 1e9));
}
