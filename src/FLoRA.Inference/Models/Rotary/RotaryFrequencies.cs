namespace FLoRA.Inference.Models.Rotary;

/// <summary>Inverse frequencies of rotary position embeddings (Su et al., RoFormer, 2021, eq. 15).</summary>
internal static class RotaryFrequencies
{
    /// <summary>
    /// [head dim / 2] radians per position: theta^(-2i / head dim), scaled. Element i turns the pair (i, i + head dim / 2) of a head.
    /// </summary>
    public static RotaryBlueprint Compute(RopeSettings settings, int headDim)
    {
        var frequencies = new double[headDim / 2];
        for (var i = 0; i < frequencies.Length; i++)
            frequencies[i] = Scale(settings, 1 / Math.Pow(settings.Theta, 2.0 * i / headDim));
        return new RotaryBlueprint(frequencies);
    }

    private static double Scale(RopeSettings settings, double frequency) => settings.Scaling switch
    {
        RopeScaling.Linear => frequency / settings.Factor,
        RopeScaling.Llama3 => ScaleLlama3(settings, frequency),
        _ => frequency,
    };

    /// <summary>Llama 3.1's rule: turns within the original context decide between scaled, kept, and a linear blend of both.</summary>
    private static double ScaleLlama3(RopeSettings settings, double frequency)
    {
        var turns = settings.OriginalPositions * frequency / (2 * Math.PI);
        var keep = (turns - settings.LowFrequencyFactor) / (settings.HighFrequencyFactor - settings.LowFrequencyFactor);
        return double.Lerp(frequency / settings.Factor, frequency, Math.Clamp(keep, 0, 1));
    }
}
