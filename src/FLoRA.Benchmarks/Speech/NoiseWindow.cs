using FLoRA.Inference;

namespace FLoRA.Benchmarks.Speech;

/// <summary>Windows of noise: what is heard does not change the work, and no window is met twice, so that none is found encoded.</summary>
internal static class NoiseWindow
{
    /// <summary>Log-mel frames between -1 and 1.</summary>
    public static AudioInput Of(Random random, int melBins, int frames)
    {
        var features = new float[melBins * frames];
        for (int i = 0; i < features.Length; i++)
            features[i] = (random.NextSingle() * 2) - 1;
        return new AudioInput(features, melBins, frames);
    }
}
