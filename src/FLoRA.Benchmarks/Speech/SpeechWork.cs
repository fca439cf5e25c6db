using FLoRA.Benchmarks.Rooflines;
using FLoRA.Benchmarks.Runs;
using FLoRA.Inference;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Speech;

/// <summary>What units of encoder work and steps of the decoder have to do at least, and the shortest time for them. Beside eight bits the convolutions are float32.</summary>
/// <param name="blueprint">The model; has an encoder.</param>
/// <param name="dtype">int8, float32, bfloat16 or float16.</param>
/// <param name="load">Adapters.</param>
internal sealed class SpeechWork(DecoderBlueprint blueprint, string dtype, AdapterLoad load)
{
    private readonly AudioEncoderBlueprint _encoder = blueprint.Encoder!;

    /// <summary>Multiply-adds so far, by part.</summary>
    public SpeechMultiplyAdds MultiplyAdds { get; private set; }

    /// <summary>Counts a unit.</summary>
    /// <returns>The shortest time that the machine can take, s: the longer of its reads and its products.</returns>
    public double Add(EncoderUnit unit, Roofline roofline)
    {
        bool isLayer = unit.Number < _encoder.Layers.Count;
        ModuleBlueprint[] modules = isLayer ? [.. _encoder.Layers[unit.Number].Modules] : [.. blueprint.Layers.Skip((unit.Number - _encoder.Layers.Count) * AudioEncoder.CrossLayersPerUnit).Take(AudioEncoder.CrossLayersPerUnit).SelectMany(layer => layer.Cross!.KeyValue.Modules)];
        long linear = unit.Windows * modules.Sum(WindowMultiplyAdds), attention = isLayer ? 2L * unit.Windows * _encoder.Positions * _encoder.Positions * blueprint.HiddenSize : 0;
        long convolutions = unit.Number == 0 ? unit.Windows * ConvolutionMultiplyAdds : 0;
        MultiplyAdds += isLayer ? new SpeechMultiplyAdds(linear, attention, convolutions, 0, 0) : new SpeechMultiplyAdds(0, 0, 0, linear, 0);
        long bytes = modules.Sum(module => StepWork.WeightBytes(dtype, module));
        double products = ((linear + attention) / (roofline.Gops(dtype == "int8", isPrefill: true) * 1e9)) + (convolutions / (roofline.Gops(isEightBit: false, isPrefill: true) * 1e9));
        return Math.Max(bytes / (roofline.WeightReadGBPerS * 1e9), products);
    }

    /// <summary>Counts a step's tokens; each looks at its window's keys and values.</summary>
    /// <param name="step">The step.</param>
    /// <param name="seenTokens">Tokens that a sequence holds, on average.</param>
    /// <param name="roofline">The machine.</param>
    /// <returns>The shortest time, s.</returns>
    public double Add(StepTrace step, double seenTokens, Roofline roofline)
    {
        int sequences = step.Sequences.Count;
        if (sequences == 0)
            return 0;
        StepWork work = StepWork.Of(blueprint, dtype, step.DecodeTokens + step.PrefillTokens, sequences, sequences * (_encoder.Positions + seenTokens), load, Math.Min(sequences, load.Count));
        MultiplyAdds += new SpeechMultiplyAdds(0, 0, 0, 0, work.MultiplyAdds);
        return work.LimitMs(roofline, dtype, isPrefill: false) / 1e3;
    }

    private long ConvolutionMultiplyAdds =>
        (long)AudioEncoderBlueprint.KernelFrames * blueprint.HiddenSize * ((_encoder.Frames * _encoder.MelBins) + (_encoder.Positions * blueprint.HiddenSize));

    /// <summary>Of one module for one window: all positions once; of an adapter of several rows, or LoRA, the least of its forms: as rows or pairs of products, or its weight formed once.</summary>
    private long WindowMultiplyAdds(ModuleBlueprint module)
    {
        long weight = (long)module.InFeatures * module.OutFeatures, formed = load.Rank * weight;
        long added = !load.Any ? 0
            : load.Kind.IsAdditive ? Math.Min(formed, (long)_encoder.Positions * load.Rank * (module.InFeatures + module.OutFeatures))
            : load.Rows > 1 ? Math.Min(formed, (load.Rows - 1L) * _encoder.Positions * weight)
            : 0;
        return (_encoder.Positions * weight) + added;
    }
}

/// <summary>Multiply-adds of a speech run.</summary>
/// <param name="EncoderLayers">Of the encoder's linear layers.</param>
/// <param name="EncoderAttention">Queries with keys and weights with values, over all positions.</param>
/// <param name="Convolutions">Of both.</param>
/// <param name="CrossKeysAndValues">Keys and values of the decoder's cross-attention.</param>
/// <param name="Decoder">Linear layers and head in all steps; attention is not counted.</param>
public readonly record struct SpeechMultiplyAdds(long EncoderLayers, long EncoderAttention, long Convolutions, long CrossKeysAndValues, long Decoder)
{
    /// <summary>Part by part.</summary>
    public static SpeechMultiplyAdds operator +(SpeechMultiplyAdds a, SpeechMultiplyAdds b) => new(
        a.EncoderLayers + b.EncoderLayers, a.EncoderAttention + b.EncoderAttention, a.Convolutions + b.Convolutions, a.CrossKeysAndValues + b.CrossKeysAndValues, a.Decoder + b.Decoder);
}
